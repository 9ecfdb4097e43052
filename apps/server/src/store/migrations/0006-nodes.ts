import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** What nodes have to agree on. ../schema.ts describes each column. */
export function nodes({ integer, text, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table lease (
      name ${text} not null primary key,
      holder ${text} not null,
      fence ${integer} not null,
      expires_at ${integer} not null
    ) ${clustered}`,
    sql`create table store_marker (
      name ${text} not null primary key,
      value ${text} not null
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
