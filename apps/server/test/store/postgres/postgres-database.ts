import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresServer } from '../../../../../test/support/postgres-server.ts';
import type { SecretBox } from '../../../src/domain/clients/secret-box.ts';
import type { KeyCounts } from '../../../src/domain/keys/api-key.ts';
import type { Store } from '../../../src/domain/store.ts';
import type { Clock } from '../../../src/domain/time.ts';
import { countKeys } from '../../../src/store/operations/keys/count-keys.ts';
import { pruneAndFinish } from '../../../src/store/operations-store.ts';
import { type DatabaseLimits, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { openPostgresSide } from '../../../src/store/postgres/copy-side.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import { type Database, RECOUNT_MIXES, type RowCounts, type StoreParts } from '../contract/database.ts';

/** A database of its own in a server that the test file started. */
export class PostgresDatabase implements Database {
  readonly server: PostgresServer;
  readonly url: string;
  readonly #limits: Partial<DatabaseLimits>;
  readonly #giveBack: () => void;

  constructor(
    server: PostgresServer,
    url: string,
    limits: Partial<DatabaseLimits> = {},
    giveBack: () => void = () => {},
  ) {
    this.server = server;
    this.url = url;
    this.#limits = limits;
    this.#giveBack = giveBack;
  }

  readonly open = (parts: StoreParts): Promise<Store> =>
    openPostgresStore({ url: this.url, limits: { poolSize: 6, ...this.#limits }, ...parts });

  async swapSecrets(accountId: number, oneClientId: string, otherClientId: string): Promise<void> {
    await this.behindTheStore(
      `update authenticator n set sealed = other.sealed
       from client c, client d, authenticator other
       where c.account_id = $1 and d.account_id = $1 and c.client_id = any(array[$2, $3]) and d.client_id = any(array[$2, $3])
         and d.client_id <> c.client_id and n.account_id = $1 and n.id = c.id and other.account_id = $1 and other.id = d.id`,
      [accountId, oneClientId, otherClientId],
    );
  }

  async damageFailures(accountId: number, clientId: string): Promise<void> {
    await this.behindTheStore(
      `update authenticator_state s set recent_failures = '\\x01' from client c
       where c.account_id = s.account_id and c.id = s.id and c.account_id = $1 and c.client_id = $2`,
      [accountId, clientId],
    );
  }

  async accountTables(): Promise<readonly string[]> {
    const tables =
      await this.sql(`select t.relname as name from pg_class t join pg_attribute c on c.attrelid = t.oid
      where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
        and c.attname = 'account_id' and not c.attisdropped order by t.relname`);
    return tables.map(({ name }) => String(name));
  }

  async prune(box: SecretBox, clock: Clock): Promise<KeyCounts> {
    const side = await openPostgresSide(this.url, DEFAULT_LIMITS);
    try {
      const executor = { read: side.transaction, write: side.transaction } as never;
      await pruneAndFinish(executor, box, clock);
      return await countKeys(executor, clock());
    } finally {
      await side.close();
    }
  }

  sql(statement: string): Promise<readonly Record<string, unknown>[]> {
    return this.behindTheStore(statement);
  }

  async keptAnswers(): Promise<readonly Uint8Array[]> {
    const rows = await this.behindTheStore('select answer from idempotent_answer');
    return rows.map((row) => row.answer as Uint8Array);
  }

  async recountMixes(): Promise<void> {
    await this.behindTheStore(RECOUNT_MIXES);
  }

  /** The server counts them, and knows those of a connection for certain when that has ended. */
  async countRows(work: () => Promise<void>): Promise<RowCounts> {
    const counted = async () => {
      for (let tries = 0; ; tries++) {
        if (tries === 500) throw new Error('a connection to the database does not end');
        const [others] = await this.behindTheStore(
          // A pooler keeps its connections.
          `select count(pg_terminate_backend(pid)) as n from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        );
        if (Number(others?.n) === 0) break;
        await sleep(20);
      }
      // A row that is changed was found before, which is no reading of its own.
      return this.behindTheStore(`select relname,
        coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) - n_tup_upd - n_tup_del as read,
        n_tup_ins + n_tup_upd + n_tup_del as written from pg_stat_user_tables`);
    };
    const before = new Map((await counted()).map((row) => [row.relname, row]));
    await work();
    const rows = (await counted()).map(({ relname, read, written }) => {
      const { read: readBefore, written: writtenBefore } = before.get(relname) ?? { read: 0, written: 0 };
      const counts = {
        read: Number(read) - Number(readBefore),
        written: Number(written) - Number(writtenBefore),
      };
      // The log is in partitions by week.
      return [String(relname).replace(/^event_(\d.*|y.*|other)$/, 'event'), counts] as const;
    });
    return Object.fromEntries(rows.filter(([, { read, written }]) => read + written > 0));
  }

  /** Works on the database through a connection of its own. */
  async behindTheStore(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(this.url);
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  /** As after the migrations. To truncate a table costs some new files, so only those that hold something are. */
  async empty(): Promise<void> {
    await this.behindTheStore(`do $$
      declare
        one record;
        filled text[] := '{}';
        is_filled boolean;
      begin
        for one in select format('%I', relname) as name from pg_class
          where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely%'
        loop
          execute 'select exists (select from ' || one.name || ')' into is_filled;
          if is_filled then filled := filled || one.name; end if;
        end loop;
        execute 'truncate ' || array_to_string(filled, ', ') || ' restart identity';
        insert into account_head values (0, 0, 0);
      end $$`);
  }

  async remove(): Promise<void> {
    this.#giveBack();
  }
}

/** Databases of one server, emptied after each test and used again: a copy of a template takes ten times as long. */
export class PostgresDatabases {
  readonly #server: PostgresServer;
  readonly #free: string[] = [];

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** One with all tables and nothing in them. */
  readonly make = async (limits: Partial<DatabaseLimits> = {}): Promise<PostgresDatabase> => {
    const free = this.#free.pop();
    const url = free ?? (await this.#server.createDatabase());
    const database = new PostgresDatabase(this.#server, url, limits, () => this.#free.push(url));
    if (free !== undefined) await database.empty();
    return database;
  };
}
