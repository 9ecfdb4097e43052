import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Log-ins, and the second factor of accounts. ../schema.ts describes each column. */
export function accountSecurity({ integer, text, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table account_session (
      account_id ${integer} not null,
      number ${integer} not null,
      id ${text} not null,
      created_at ${integer} not null,
      last_seen_at ${integer} not null,
      expires_at ${integer} not null,
      ip ${text},
      user_agent ${text},
      primary key (account_id, number),
      unique (account_id, id)
    ) ${clustered}`,
    sql`create index account_session_by_end on account_session (expires_at)`,
    sql`create table account_authenticator (
      account_id ${integer} not null primary key,
      number ${integer} not null,
      active ${integer} not null
    ) ${clustered}`,
    sql`create table account_recovery_code (
      account_id ${integer} not null,
      mac ${bytes} not null,
      primary key (account_id, mac)
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
