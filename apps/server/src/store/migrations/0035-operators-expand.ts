import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Accounts that may see the status of the installation. ../schema.ts describes the column. */
export function operators({ integer }: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`alter table account add column operator_at ${integer}`.execute(db);
    },
  };
}
