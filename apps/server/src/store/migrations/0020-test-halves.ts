import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Test halves of accounts, and their clocks. ../schema.ts describes each column. */
export function testHalves({ integer }: ColumnTypes): Migration {
  const statements = [
    sql`alter table account add column test_of ${integer}`,
    sql`create unique index account_test_of on account (test_of) where test_of is not null`,
    sql`alter table account_head add column clock_offset ${integer} not null default 0`,
    // What ends by such a clock is looked for beside what ends by the server's.
    sql`create index account_head_ahead on account_head (account_id) where clock_offset > 0`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
