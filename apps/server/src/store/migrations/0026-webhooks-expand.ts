import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Webhooks, how far each is, and the newest attempts. ../schema.ts describes each column. */
export function webhooks({ integer, text, bytes, clustered, updated }: ColumnTypes): Migration {
  const statements = [
    sql`create table webhook (
      account_id ${integer} not null,
      id ${text} not null,
      number ${integer} not null,
      url ${text} not null,
      events ${text},
      secret ${bytes} not null,
      previous_secret ${bytes},
      previous_until ${integer},
      created_at ${integer} not null,
      off_at ${integer},
      off_reason ${text},
      primary key (account_id, id)
    ) ${clustered}`,
    sql`create table webhook_progress (
      account_id ${integer} not null,
      webhook ${text} not null,
      version ${integer} not null,
      delivered_to ${integer} not null,
      failures ${integer} not null,
      failing_since ${integer},
      retry_at ${integer} not null,
      last_delivery ${integer} not null,
      primary key (account_id, webhook)
    ) ${updated}`,
    sql`create table webhook_delivery (
      account_id ${integer} not null,
      webhook ${text} not null,
      number ${integer} not null,
      kind ${text} not null,
      sequence ${integer},
      type ${text} not null,
      at ${integer} not null,
      duration_ms ${integer} not null,
      status ${integer},
      error ${text},
      primary key (account_id, webhook, number)
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
