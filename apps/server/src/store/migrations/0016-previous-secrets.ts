import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Secrets that were replaced, for a diagnosis. ../schema.ts describes each column. */
export function previousSecrets({ integer, text, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table previous_secret (
      account_id ${integer} not null,
      client ${integer} not null,
      secret_version ${integer} not null,
      authenticator ${integer} not null,
      algorithm ${text} not null,
      digits ${integer} not null,
      period ${integer} not null,
      watermark ${integer} not null,
      sealed ${bytes} not null,
      replaced_at ${integer} not null,
      primary key (account_id, client, secret_version)
    ) ${clustered}`,
    sql`create index previous_secret_by_end on previous_secret (replaced_at)`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
