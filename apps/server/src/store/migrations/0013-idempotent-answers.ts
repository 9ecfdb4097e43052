import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Answers that are kept for requests that are sent again. ../schema.ts describes each column. */
export function idempotentAnswers({ integer, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table idempotent_answer (
      account_id ${integer} not null,
      key_digest ${bytes} not null,
      expires_at ${integer} not null,
      answer ${bytes} not null,
      primary key (account_id, key_digest)
    ) ${clustered}`,
    sql`create index idempotent_answer_expiry on idempotent_answer (expires_at)`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
