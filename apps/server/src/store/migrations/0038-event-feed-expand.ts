import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** How far each feed of events is with each log. ../schema.ts describes the columns. */
export function eventFeed({ integer, text, updated }: ColumnTypes): Migration {
  const statement = sql`create table event_feed (
    account_id ${integer} not null,
    feed ${text} not null,
    fed_to ${integer} not null,
    primary key (account_id, feed)
  ) ${updated}`;
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await statement.execute(db);
    },
  };
}
