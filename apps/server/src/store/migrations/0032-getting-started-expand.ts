import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** What a person has said about the list of first steps. ../schema.ts describes the columns. */
export function gettingStarted({ integer, text }: ColumnTypes): Migration {
  const statements = [
    sql`alter table account add column getting_started_dismissed_at ${integer}`,
    sql`alter table account add column master_key_saved ${text}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
