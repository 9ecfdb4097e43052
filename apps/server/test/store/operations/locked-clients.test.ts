/** How `status=locked` finds its clients: few of them by indexes that hold no one else, many by walking the list. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { type Database, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from '../postgres/postgres-database.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

/** More than a page's walk through the list looks at. */
const CLIENTS = 12_000;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A dialect, and the ways behind its store's back that these tests need. */
interface Dialect {
  readonly name: string;
  make(): Promise<Database>;
  run(database: Database, text: string): Promise<unknown>;
  /** What the store sends to the database from now on. */
  watch(): { statements(): readonly Statement[] };
  plan(database: Database, statement: Statement): Promise<string>;
  readonly noBytes: string;
  /** After these, a planner knows how many rows there are. */
  readonly upkeep: string;
}

let server: PostgresServer;
const binaries = embeddedPostgres();

const sqlite: Dialect = {
  name: 'SQLite',
  make: async () => new SqliteDatabase(),
  run: async (database, text) => (database as SqliteDatabase).behindTheStore((db) => db.exec(text)),
  watch() {
    const prepared = vi.spyOn(DatabaseSync.prototype, 'prepare');
    return { statements: () => prepared.mock.calls.map(([text]) => ({ text, values: [] })) };
  },
  plan: async (database, { text }) =>
    (database as SqliteDatabase).behindTheStore((db) => {
      const rows = db.prepare(`explain query plan ${text}`).all();
      return rows.map(({ detail }) => detail).join('\n');
    }),
  noBytes: "x''",
  upkeep: 'select 1',
};

const postgres: Dialect = {
  name: 'PostgreSQL',
  make: async () => new PostgresDatabase(server, await server.createDatabase()),
  run: (database, text) => (database as PostgresDatabase).behindTheStore(text),
  watch() {
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    const calls = () => sent.mock.calls as unknown as [unknown, unknown[]?][];
    return {
      statements: () =>
        calls().flatMap(([text, values = []]) => (typeof text === 'string' ? [{ text, values }] : [])),
    };
  },
  async plan(database, { text, values }) {
    const rows = await (database as PostgresDatabase).behindTheStore(`explain ${text}`, [...values]);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  },
  noBytes: "''::bytea",
  upkeep: 'analyze',
};

beforeAll(async () => {
  if (binaries !== null) server = await PostgresServer.start({ binaries });
});
afterAll(() => server?.stop());

describe.each(binaries === null ? [sqlite] : [sqlite, postgres])('locked clients on $name', (dialect) => {
  let bench: Workbench;
  let account: Account;

  beforeEach(async () => {
    bench = await Workbench.open(() => dialect.make());
    account = await bench.createAccount();
    await enrolThousands();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await bench.close();
  });

  it('are all on the first page when they are few, wherever they are in the list', async () => {
    await lock('3, 6000, 11999');
    await delay('7', bench.now + 1);
    await delay('8', bench.now);
    const page = { cursor: null, limit: 50 };
    const { data, nextCursor } = await bench.store.listClients(account.id, lockedNow(), page);
    expect(data.map(({ clientId }) => clientId)).toEqual(['user-11999', 'user-6000', 'user-7', 'user-3']);
    expect(nextCursor).toBeNull();
  });

  it('are found by the indexes of locked and of delayed clients, and by nothing that reads others', async () => {
    await lock('3, 6000');
    await delay('7', bench.now + 1);
    await dialect.run(bench.database, dialect.upkeep);
    const watch = dialect.watch();
    expect(await bench.clientIds(account, { status: 'locked' })).toEqual(['user-6000', 'user-7', 'user-3']);
    const statements = watch
      .statements()
      .filter(({ text }) => /^\s*select/.test(text) && !/from "account"/.test(text));
    vi.restoreAllMocks();
    expect(statements.length).toBe(2);
    const [numbers = '', rows = ''] = await Promise.all(
      statements.map((statement) => dialect.plan(bench.database, statement)),
    );
    expect(numbers).toMatch(/ authenticator_state_locked\b/);
    expect(numbers).toMatch(/ authenticator_state_delayed\b/);
    expect(numbers).not.toMatch(/PRIMARY KEY|pkey|Seq Scan|^SCAN authenticator/m);
    // The rows by the numbers that were found: no part of the list is walked through.
    // No client here has further authenticators: PostgreSQL reads the whole of their table, which is empty.
    const withoutFurther = rows.replace(/.*Seq Scan on further_authenticator.*/g, '');
    expect(withoutFurther).not.toMatch(/Seq Scan|^SCAN|\bid ?[<>]/m);
  });

  it('are listed once each, newest first, for pages of any size and with a search', async () => {
    await lock('3, 60, 61, 62, 600, 6000');
    await delay('7, 61, 11000', bench.now + 1);
    const all = ['11000', '6000', '600', '62', '61', '60', '7', '3'].map((number) => `user-${number}`);
    for (const limit of [1, 2, 7, 8, 9]) {
      expect(await bench.clientIds(account, { status: 'locked' }, limit), `pages of ${limit}`).toEqual(all);
    }
    const found = await bench.clientIds(account, { status: 'locked', q: 'user-6' }, 2);
    expect(found).toEqual(['user-6000', 'user-600', 'user-62', 'user-61', 'user-60']);
  });

  it('are complete too when they are many, and when they become many between two pages', async () => {
    await lock('3, 11000, 11500');
    const first = await bench.store.listClients(account.id, lockedNow(), { cursor: null, limit: 2 });
    expect(first.data.map(({ clientId }) => clientId)).toEqual(['user-11500', 'user-11000']);
    await dialect.run(
      bench.database,
      'update authenticator_state set locked = 1 where id <= 5000 or id > 11200',
    );
    const rest: string[] = [];
    for (let { nextCursor: cursor } = first; cursor !== null; ) {
      const page = await bench.store.listClients(account.id, lockedNow(), { cursor, limit: 200 });
      rest.push(...page.data.map(({ clientId }) => clientId));
      cursor = page.nextCursor;
    }
    expect(rest).toEqual(Array.from({ length: 5000 }, (_, index) => `user-${5000 - index}`));
  });

  function lockedNow() {
    return { q: null, status: 'locked', now: bench.now } as const;
  }

  async function lock(ids: string): Promise<void> {
    await dialect.run(bench.database, `update authenticator_state set locked = 1 where id in (${ids})`);
  }

  async function delay(ids: string, until: number): Promise<void> {
    await dialect.run(
      bench.database,
      `update authenticator_state set delayed_until = ${until} where id in (${ids})`,
    );
  }

  /** `user-1` and so on, each with its number as its place in the list; rows as an enrolment writes them. */
  async function enrolThousands(): Promise<void> {
    const numbers = `with recursive numbers(n) as
      (select cast(1 as bigint) union all select n + 1 from numbers where n < ${CLIENTS})`;
    for (const [table, columns, values] of [
      [
        'client',
        '(account_id, id, client_id, label, issuer, created_at)',
        "n, 'user-' || n, 'label', 'issuer', 0",
      ],
      [
        'authenticator',
        '(account_id, id, client, algorithm, period, secret_version, sealed, rotated_at)',
        `n, n, 'SHA1', 30, 1, ${dialect.noBytes}, null`,
      ],
      [
        'authenticator_state',
        `(account_id, id, secret_version, digits, watermark, disabled, failures, delayed_until, locked, last_event)`,
        'n, 1, 6, -1, 0, 0, 0, 0, 0',
      ],
    ] as const) {
      await dialect.run(
        bench.database,
        `${numbers} insert into ${table} ${columns} select ${account.id}, ${values} from numbers`,
      );
    }
  }
});
