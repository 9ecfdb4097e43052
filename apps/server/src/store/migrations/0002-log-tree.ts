import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** The tree behind each log. ../schema.ts describes each column. */
export function logTree({ integer, text, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table log_tree (
      account_id ${integer} not null primary key,
      size ${integer} not null,
      checkpoint_size ${integer} not null,
      checkpoint_at ${integer} not null,
      sent_size ${integer} not null,
      pruned_to ${integer} not null
    ) ${clustered}`,
    sql`create table log_tile (
      account_id ${integer} not null,
      level ${integer} not null,
      tile ${integer} not null,
      hashes ${bytes} not null,
      primary key (account_id, level, tile)
    ) ${clustered}`,
    sql`create table log_checkpoint (
      account_id ${integer} not null,
      size ${integer} not null,
      at ${integer} not null,
      root ${bytes} not null,
      note ${text} not null,
      primary key (account_id, size)
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
