import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** One-time links, and how their pages look. ../link-tables.ts describes each column. */
export function links({ integer, text, bytes, plain, clustered }: ColumnTypes): Migration {
  const statements = [
    sql`create table link (
      account_id ${integer} not null,
      number ${integer} not null,
      token_mac ${bytes} not null,
      client_id ${text} not null,
      client ${integer},
      purpose ${text} not null,
      return_url ${text},
      locale ${text},
      label ${text} not null,
      issuer ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      opened_at ${integer},
      authenticator ${integer},
      replaced ${text},
      ended_at ${integer},
      ending ${text},
      result_mac ${bytes},
      redeemed_at ${integer},
      keep_until ${integer} not null,
      primary key (account_id, number)
    ) ${plain}`,
    sql`create unique index link_token on link (token_mac)`,
    sql`create index link_result on link (account_id, result_mac) where result_mac is not null`,
    sql`create index link_client on link (account_id, client_id)`,
    sql`create index link_open on link (account_id) where ending is null`,
    sql`create index link_expiry on link (expires_at) where ending is null`,
    sql`create index link_end on link (keep_until)`,
    sql`create table hosted_pages (
      account_id ${integer} primary key not null,
      name ${text},
      accent ${text},
      logo_type ${text},
      logo ${bytes},
      return_origins ${text} not null
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of statements) await statement.execute(db);
    },
  };
}
