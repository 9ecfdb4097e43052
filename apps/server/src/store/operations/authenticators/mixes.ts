import { type Kysely, sql } from 'kysely';
import { ALL_OTHERS } from '../../../domain/authenticators/authenticator.ts';
import { type Coded, PHONE } from '../../../domain/verdicts/odds.ts';
import type { Schema } from '../../schema.ts';

/** A client's authenticators by kind, as a number: four bits for how many of each. */

const KINDS: readonly { readonly coded: Coded; readonly unit: number }[] = [
  { coded: PHONE, unit: 1 },
  { coded: { digits: 6, period: 0 }, unit: 0x10 },
  { coded: { digits: 8, period: 30 }, unit: 0x100 },
  { coded: { digits: 8, period: 0 }, unit: 0x1000 },
];
const MOST_OF_A_KIND = 0xf;

/** What decides how an authenticator counts. */
interface Counted {
  readonly id: number;
  readonly parameters: Coded;
  readonly pendingUntil: number | null;
  readonly replaces: number | null;
}

/**
 * What is written of a client's authenticators; null, as for nearly every client: one phone. Those that wait count, since
 * their confirmation asks nothing of the policy, unless they are to take the place of another.
 */
export function mixOf(authenticators: readonly Counted[]): number | null {
  const counted = authenticators.filter(({ pendingUntil, replaces }) => {
    if (pendingUntil === null || replaces === null) return true;
    return replaces !== ALL_OTHERS && !authenticators.some(({ id }) => id === replaces);
  });
  const [only] = counted;
  if (counted.length === 1 && only !== undefined && only.parameters.period > 0) return null;
  return counted.reduce((sum, { parameters }) => sum + unitOf(parameters), 0);
}

/** Writes what a change has made of it. */
export async function writeMix(
  db: Kysely<Schema>,
  client: { readonly accountId: number; readonly id: number; readonly mix: number | null },
  authenticators: readonly Counted[],
): Promise<void> {
  const mix = mixOf(authenticators);
  if (mix === client.mix) return;
  await db
    .updateTable('client')
    .set({ mix })
    .where('account_id', '=', client.accountId)
    .where('id', '=', client.id)
    .execute();
}

function unitOf({ digits, period }: Coded): number {
  const kind = KINDS.find(({ coded }) => coded.digits === digits && (coded.period === 0) === (period === 0));
  return kind?.unit ?? 0;
}

function authenticatorsOf(mix: number): Coded[] {
  return KINDS.flatMap(({ coded, unit }) =>
    Array.from({ length: Math.floor(mix / unit) & MOST_OF_A_KIND }, () => coded),
  );
}

/**
 * The authenticators of an account's clients, equal ones once, without those that have a single phone. A look-up in the
 * index for each, however many clients have the same.
 */
export async function mixesOf(db: Kysely<Schema>, accountId: number): Promise<Coded[][]> {
  const { rows } = await sql<{ mix: number | string }>`
    with recursive found (mix) as (
      select min(mix) from client where account_id = ${accountId} and mix is not null
      union all
      select (select min(c.mix) from client c where c.account_id = ${accountId} and c.mix > found.mix)
      from found where found.mix is not null
    )
    select mix from found where mix is not null`.execute(db);
  return rows.map(({ mix }) => authenticatorsOf(Number(mix)));
}
