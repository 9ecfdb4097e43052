import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Only clients with several authenticators or a token get a number (../operations/authenticators/mixes.ts). */
export const COUNT_MIXES = `update client set mix = counted.mix from (
  select a.account_id, a.client,
    sum((case when a.period = 0 then 16 else 1 end)
      * (case when coalesce(f.digits, s.digits) = 8 then 256 else 1 end)) as mix
  from authenticator a
  join authenticator_state s on s.account_id = a.account_id and s.id = a.client
  left join further_authenticator f
    on f.account_id = a.account_id and f.client = a.client and f.id = a.id
  where a.replaces is null
  group by a.account_id, a.client
  having count(*) > 1 or min(a.period) = 0
) as counted where counted.account_id = client.account_id and counted.client = client.id`;

/**
 * Which authenticators a client has, by kind, so that a policy is judged by what there is. ../schema.ts describes
 * the column.
 */
export function authenticatorMix({ integer }: ColumnTypes): Migration {
  const statements = [
    sql`alter table client add column mix ${integer}`,
    sql.raw(COUNT_MIXES),
    sql`create index client_by_mix on client (account_id, mix) where mix is not null`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
