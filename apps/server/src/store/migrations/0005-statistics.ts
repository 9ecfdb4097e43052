import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** `totp.validated`, and the length of an hour: a migration never changes, whatever becomes of the code's names. */
const VALIDATED = 14;
const HOUR = 3_600_000;

/** What a dashboard counts. ../schema.ts describes each table and column. */
export function statistics({ integer, text, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table refusal (
      account_id ${integer} not null,
      hour ${integer} not null,
      reason ${text} not null,
      refusals ${integer} not null,
      primary key (account_id, hour, reason)
    ) ${clustered}`,
    // Newer events than those in the tree are counted when they are put into it.
    sql`insert into refusal (account_id, hour, reason, refusals)
      select event.account_id, event.at / ${sql.lit(HOUR)}, coalesce(event.reason, ''), count(*)
      from event join log_tree on log_tree.account_id = event.account_id and event.id <= log_tree.size
      where event.type = ${sql.lit(VALIDATED)} and event.outcome = 0
      group by event.account_id, event.at / ${sql.lit(HOUR)}, coalesce(event.reason, '')`,
    sql`alter table account_head add column clients ${integer} not null default 0`,
    sql`alter table account_head add column disabled_clients ${integer} not null default 0`,
    sql`update account_head set
      clients = (select count(*) from client where client.account_id = account_head.account_id),
      disabled_clients = (select count(*) from authenticator_state as state
        where state.account_id = account_head.account_id and state.disabled = 1)`,
    // Small, as few clients are locked, and not touched by an attempt that locks no client.
    sql`create index authenticator_state_locked on authenticator_state (account_id, disabled)
      where locked = 1`,
    sql`create index authenticator_state_delayed on authenticator_state (account_id, delayed_until, disabled, locked)
      where delayed_until > 0`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
