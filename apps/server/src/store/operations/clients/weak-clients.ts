import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../schema.ts';

/** The authenticators of a row of `client` whose secrets are weak: the index `authenticator_weak` holds only these. */
export const WEAK_ONES = sql`
  select 1 from authenticator weak_one where weak_one.account_id = client.account_id and weak_one.client = client.id
  and weak_one.weak = 1`;

/** SQL of both dialects: how many authenticators of the whole store have a weak secret. */
export const COUNT_WEAK = 'select count(*) as n from authenticator where weak = 1';

/** Whether a store with these migrations marks weak secrets; one of an older version has none. */
export function marksWeak(migrations: readonly string[]): boolean {
  return migrations.includes('0008-authenticators');
}

/** The numbers of an account's clients with a weak secret, the highest first, when they are no more than `most`; else null. */
export async function fewWeakIds(
  db: Kysely<Schema>,
  accountId: number,
  most: number,
): Promise<readonly number[] | null> {
  const { rows } = await sql<{ id: number }>`
    select distinct client as id from authenticator where account_id = ${accountId} and weak = 1
    order by client desc limit ${most + 1}`.execute(db);
  return rows.length > most ? null : rows.map(({ id }) => id);
}
