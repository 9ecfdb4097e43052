import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ColumnTypes } from './column-types.ts';

/** The first tables. ../schema.ts describes each column. */
export function initial(types: ColumnTypes): Migration {
  const { integer, text, bytes, identity, clustered, plain, updated, eventKey, partitioned } = types;
  const statements = [
    sql`create table account (
      id ${identity},
      public_id ${text} not null unique,
      email ${text} not null unique,
      password_hash ${text} not null,
      credential_version ${integer} not null,
      data_key_master ${text} not null,
      data_key ${bytes} not null,
      policy ${text},
      created_at ${integer} not null
    ) ${plain}`,
    sql`create table account_head (
      account_id ${integer} not null primary key,
      last_event ${integer} not null,
      last_number ${integer} not null
    ) ${plain} ${updated}`,
    // The installation's own log (domain/accounts/accounts.ts) belongs to account 0, which no account can have.
    sql`insert into account_head values (0, 0, 0)`,
    sql`create table api_key (
      account_id ${integer} not null,
      id ${text} not null,
      number ${integer} not null,
      name ${text} not null,
      scopes ${text} not null,
      mac ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer},
      last_used_at ${integer},
      primary key (account_id, id)
    ) ${clustered}`,
    sql`create index api_key_by_id on api_key (id)`,
    sql`create table client (
      account_id ${integer} not null,
      id ${integer} not null,
      client_id ${text} not null,
      label ${text} not null,
      issuer ${text} not null,
      created_at ${integer} not null,
      primary key (account_id, id),
      unique (account_id, client_id)
    ) ${clustered}`,
    sql`create table authenticator (
      account_id ${integer} not null,
      id ${integer} not null,
      client ${integer} not null,
      algorithm ${text} not null,
      period ${integer} not null,
      secret_version ${integer} not null,
      sealed ${bytes} not null,
      rotated_at ${integer},
      primary key (account_id, id)
    ) ${clustered}`,
    sql`create table authenticator_state (
      account_id ${integer} not null,
      id ${integer} not null,
      secret_version ${integer} not null,
      digits ${integer} not null,
      watermark ${integer} not null,
      disabled ${integer} not null,
      failures ${integer} not null,
      delayed_until ${integer} not null,
      locked ${integer} not null,
      recent_failures ${bytes},
      last_accepted_at ${integer},
      last_event ${integer} not null,
      primary key (account_id, id)
    ) ${clustered} ${updated}`,
    sql`create table event (
      account_id ${integer} not null,
      id ${integer} not null,
      at ${integer} not null,
      type ${integer} not null,
      outcome ${integer} not null,
      reason ${text},
      client_id ${text},
      actor ${text} not null,
      ip ${text},
      user_agent ${text},
      request_id ${text},
      previous ${integer} not null,
      primary key (${eventKey})
    ) ${clustered} ${partitioned}`,
    sql`create table event_tail (
      account_id ${integer} not null,
      client_id ${text} not null,
      last_event ${integer} not null,
      primary key (account_id, client_id)
    ) ${clustered}`,
    sql`create table activity (
      account_id ${integer} not null,
      hour ${integer} not null,
      first_event ${integer} not null,
      last_event ${integer} not null,
      accepted ${integer} not null,
      refused ${integer} not null,
      locked ${integer} not null,
      primary key (account_id, hour)
    ) ${clustered}`,
    sql`create table limit_use (
      name ${text} not null primary key,
      uses ${integer} not null,
      reset_at ${integer} not null
    ) ${clustered}`,
    sql`create index limit_use_by_end on limit_use (reset_at)`,
    sql`create table server_key (
      name ${text} not null primary key,
      master_key_id ${text} not null,
      wrapped ${bytes} not null
    ) ${clustered}`,
  ];
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of [...statements, ...types.besides]) await statement.execute(db);
    },
  };
}
