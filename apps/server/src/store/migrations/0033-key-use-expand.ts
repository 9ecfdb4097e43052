import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** What API keys did, by day. ../schema.ts describes the columns. */
export function keyUse({ integer, text, clustered }: ColumnTypes): Migration {
  const statement = sql`create table key_use (
    account_id ${integer} not null,
    key_id ${text} not null,
    day ${integer} not null,
    accepted ${integer} not null,
    refused ${integer} not null,
    others ${integer} not null,
    primary key (account_id, key_id, day)
  ) ${clustered}`;
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await statement.execute(db);
    },
  };
}
