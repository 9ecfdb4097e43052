import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** Receipts that were redeemed, and from when each signing key signs them. ../schema.ts describes each column. */
export function receipts({ integer, bytes, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table spent_receipt (
      account_id ${integer} not null,
      jti ${bytes} not null,
      keep_until ${integer} not null,
      primary key (account_id, jti)
    ) ${clustered}`,
    sql`create index spent_receipt_end on spent_receipt (keep_until)`,
    sql`alter table server_key add column signs_from ${integer}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
