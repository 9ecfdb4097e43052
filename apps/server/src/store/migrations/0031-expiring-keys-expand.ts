import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** When the log said that an API key is about to expire. ../schema.ts describes the column. */
export function expiringKeys({ integer }: ColumnTypes): Migration {
  const statements = [
    sql`alter table api_key add column expiry_noted_at ${integer}`,
    // Looked for every few minutes; most keys have no end, or were noted.
    sql`create index api_key_expiring on api_key (expires_at)
      where expires_at is not null and expiry_noted_at is null`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
