import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** What was used of secrets that are gone. ../schema.ts describes each column. */
export function deletedSecrets({ integer, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table deleted_secret (
      account_id ${integer} not null,
      fingerprint ${bytes} not null,
      period ${integer} not null,
      watermark ${integer} not null,
      keep_until ${integer},
      primary key (account_id, fingerprint)
    ) ${clustered}`,
    sql`create index deleted_secret_by_end on deleted_secret (keep_until) where keep_until is not null`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
