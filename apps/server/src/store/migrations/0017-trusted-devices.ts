import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Browsers that are trusted after a right code. ../schema.ts describes each column. */
export function trustedDevices({ integer, text, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table client_device (
      account_id ${integer} not null,
      client ${integer} not null,
      id ${text} not null,
      label ${text} not null,
      mac ${bytes} not null,
      uses ${integer} not null,
      replaced_at ${integer},
      created_at ${integer} not null,
      last_used_at ${integer},
      expires_at ${integer} not null,
      primary key (account_id, client, id)
    ) ${clustered}`,
    sql`create index client_device_expiry on client_device (expires_at)`,
    sql`alter table account_head add column devices ${integer} not null default 0`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
