import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/**
 * Several authenticators a client, and pending ones. No row is written anew: what a store has is the only authenticator
 * of its client, confirmed, and has the client's number. ../schema.ts describes each column.
 */
export function authenticators({ integer, text, bytes, clustered, updated }: ColumnTypes): Migration {
  const statements = [
    sql`alter table authenticator add column name ${text}`,
    sql`alter table authenticator add column created_at ${integer}`,
    sql`alter table authenticator add column wrong_codes ${integer} not null default 0`,
    sql`alter table authenticator add column replaces ${integer}`,
    sql`alter table authenticator add column weak ${integer} not null default 0`,
    sql`create index authenticator_weak on authenticator (account_id, client) where weak = 1`,
    sql`alter table authenticator_state add column authenticator ${integer}`,
    sql`alter table authenticator_state add column further ${integer} not null default 0`,
    sql`alter table authenticator_state add column drift ${integer} not null default 0`,
    sql`alter table authenticator_state add column pending_until ${integer}`,
    sql`create index authenticator_state_pending on authenticator_state (account_id, pending_until)
      where pending_until is not null`,
    sql`create table further_authenticator (
      account_id ${integer} not null,
      client ${integer} not null,
      id ${integer} not null,
      secret_version ${integer} not null,
      digits ${integer} not null,
      watermark ${integer} not null,
      burnt_steps ${bytes},
      drift ${integer} not null,
      pending_until ${integer},
      last_accepted_at ${integer},
      primary key (account_id, client, id)
    ) ${clustered} ${updated}`,
    sql`create index further_authenticator_pending on further_authenticator (account_id, pending_until)
      where pending_until is not null`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
