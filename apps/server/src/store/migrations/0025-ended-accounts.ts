import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Accounts that are disabled, and those that were deleted, whose logs stay. ../schema.ts describes each column. */
export function endedAccounts({ integer }: ColumnTypes): Migration {
  const statements = [
    sql`alter table account add column disabled_at ${integer}`,
    sql`alter table account add column deleted_at ${integer}`,
    // What is left of them is looked for again and again.
    sql`create index account_deleted on account (id) where deleted_at is not null`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
