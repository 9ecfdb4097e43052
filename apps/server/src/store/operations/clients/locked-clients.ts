import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../schema.ts';

/**
 * The rows of an account's clients that are locked for good, and of those in a delay at `now` (ms); disabled ones are
 * neither. For each there is an index that holds such clients alone.
 */
export function lockedRows(accountId: number, now: number) {
  return {
    locked: sql`authenticator_state where account_id = ${accountId} and disabled = 0 and locked = 1`,
    // `> 0` besides `> now`: by this both dialects see that the index of delayed clients holds all of them.
    delayed: sql`authenticator_state where account_id = ${accountId} and delayed_until > 0 and delayed_until > ${now}
      and disabled = 0 and locked = 0`,
  };
}

/** The numbers of all of these, the highest first, when they are no more than `most`; else null, looking no further. */
export async function fewLockedIds(
  db: Kysely<Schema>,
  accountId: number,
  now: number,
  most: number,
): Promise<readonly number[] | null> {
  const { locked, delayed } = lockedRows(accountId, now);
  const { rows } = await sql<{ id: number }>`
    select id from ${locked} union all select id from ${delayed} limit ${most + 1}`.execute(db);
  if (rows.length > most) return null;
  return rows.map(({ id }) => id).sort((one, other) => other - one);
}
