import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Recovery codes of clients. ../schema.ts describes each column. */
export function recoveryCodes({ integer, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table client_recovery (
      account_id ${integer} not null,
      client ${integer} not null,
      generation ${integer} not null,
      created_at ${integer},
      failures ${bytes},
      primary key (account_id, client)
    ) ${clustered}`,
    sql`create table client_recovery_code (
      account_id ${integer} not null,
      client ${integer} not null,
      mac ${bytes} not null,
      primary key (account_id, client, mac)
    ) ${clustered}`,
    sql`alter table account_head add column recovery_codes ${integer} not null default 0`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
