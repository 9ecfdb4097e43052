/**
 * What the PostgreSQL store adds to the contract: connections that break, a database that is set up loosely, other
 * nodes, partitions.
 *
 * Seen to fail without the guard: with the outcome of a cut commit taken for a failure that may be repeated
 * (store/postgres/group-commit.ts), the attempt was judged twice and its caller told that the code was wrong; without
 * `#failed` (store/postgres/session.ts), the transaction after a refused one was refused too; with every error of class
 * 40 taken for undone (store/postgres/group-commit.ts), what may have been done was tried twelve times in place of two.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { createAuthenticatorKeys } from '../../../src/crypto/authenticator-keys.ts';
import type { Store } from '../../../src/domain/store.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { Connections, DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { parseDatabaseUrl } from '../../../src/store/postgres/database-url.ts';
import { addPartitions, dropPruned, WEEK_MS } from '../../../src/store/postgres/partitions.ts';
import { openPostgresStore } from '../../../src/store/postgres/store.ts';
import { begin, commit } from '../../../src/store/postgres/transaction.ts';
import {
  expectFault,
  MAY_BE_DONE,
  NOTHING_DONE,
  ORIGIN,
  type Phone,
  reasons,
  START,
  STEP_MS,
  Workbench,
} from '../contract/workbench.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { type PostgresDatabase, PostgresDatabases } from './postgres-database.ts';

describe.skipIf(embeddedPostgres() === null)('the PostgreSQL store', () => {
  let server: PostgresServer;
  let databases: PostgresDatabases;
  let bench: Workbench;
  let database: PostgresDatabase;

  beforeAll(async () => {
    server = await PostgresServer.start();
    databases = new PostgresDatabases(server);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    bench = await Workbench.open(async () => {
      database = await databases.make();
      return database;
    });
  });
  afterEach(() => bench.close());

  test('whatever two nodes do at once to the same accounts, no one deadlocks and no one fails', async () => {
    const nodes = [bench.store, await bench.openNode()] as const;
    const accounts = await Promise.all(['one', 'other', 'third'].map((name) => bench.createAccount(name)));
    const phones: Phone[] = [];
    for (const account of accounts) {
      for (let index = 0; index < 4; index++) phones.push(await bench.enrol(account, `user-${index}`));
    }
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 40; round++) {
      const node = nodes[round % 2] as Store;
      for (const phone of phones) work.push(bench.validate(phone, phone.wrongCodeAt(START, round), node));
      for (const [index, account] of accounts.entries()) {
        const phone = phones[index * 4 + (round % 4)] as Phone;
        const change = bench.change();
        work.push(
          node.unlockClient(account.id, phone.clientId, change),
          node.setPolicy(account.id, { ...DEFAULT_POLICY, skew: round % 2 }, change),
          node.recordEvent(account.id, {
            event: 'token.issued',
            outcome: 'success',
            reason: null,
            clientId: null,
            ...change,
          }),
          bench
            .validate({ accountId: account.id, clientId: `unknown-${round % 3}` }, '123456', node)
            .catch((error) => {
              expect(error).toMatchObject({ code: 'client_not_found' });
            }),
          node
            .registerClient(
              {
                accountId: account.id,
                clientId: `unknown-${round % 3}`,
                label: 'a',
                issuer: 'b',
                parameters: phone.parameters,
                secret: phone.secret,
              },
              change,
            )
            .then(
              () => node.deleteClient(account.id, `unknown-${round % 3}`, change).catch(onlyNotFound),
              onlyExists,
            ),
          node.takeLimits(
            [
              { name: `a${round % 3}`, limit: 1e6, windowMs: 1e6 },
              { name: `b${round % 2}`, limit: 1e6, windowMs: 1e6 },
            ],
            START,
          ),
        );
      }
    }
    await Promise.all(work);
    // Each connection tells its figures when it ends, at the latest.
    await bench.reopen();
    const [counted] = await server.query('select sum(deadlocks) as deadlocks from pg_stat_database');
    expect(Number(counted?.deadlocks)).toBe(0);
    for (const account of accounts) {
      const numbers = (await bench.events(account)).map(({ id }) => id).reverse();
      expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
    }
  });

  test('a connection that is cut at COMMIT: 503, and what was committed stands', async () => {
    const proxy = await CuttingProxy.start(server.port);
    const node = await openAt(proxy.through(database.url));
    try {
      const account = await bench.createAccount();
      for (let round = 0; round < 10; round++) {
        const phone = await bench.enrol(account, `user-${round}`);
        expect(await bench.validate(phone, phone.wrongCodeAt(START), node)).toMatchObject({ valid: false });
        proxy.cutAtNextCommit();
        await expectFault(bench.validate(phone, phone.codeAt(START), node), 'store_unavailable', MAY_BE_DONE);
        expect(proxy.cuts).toBe(round + 1);
        const again = await bench.validate(phone, phone.codeAt(START), node);
        const attempts = await bench.events(account, { clientId: phone.clientId, event: 'totp.validated' });
        // Accepted once, by the attempt that got 503 or by this one; had that been run again, there would be one more.
        expect(reasons(attempts)).toEqual(
          again.valid ? ['invalid_code', 'accepted'] : ['invalid_code', 'accepted', 'code_already_used'],
        );
      }
    } finally {
      await node.close();
      await proxy.stop();
    }
  });

  test('a transaction that the database refused leaves nothing open for the next caller, however slow the line', async () => {
    const proxy = await CuttingProxy.start(server.port);
    const connections = await Connections.open(parseDatabaseUrl(proxy.through(database.url)), {
      ...DEFAULT_LIMITS,
      poolSize: 1,
    });
    try {
      proxy.slow = true;
      for (let round = 0; round < 3; round++) {
        const session = await connections.acquire();
        await expect(begin(session, DEFAULT_LIMITS, [{ text: 'select 1 / 0' }])).rejects.toMatchObject({
          code: '22012',
        });
        await session.release();
        const next = await connections.acquire();
        await begin(next, DEFAULT_LIMITS);
        await commit(next);
        await next.release();
      }
    } finally {
      await connections.close();
      await proxy.stop();
    }
  });

  test('connections that were ended while no one used them are made anew, and no call fails', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    for (let round = 0; round < 3; round++) {
      await database.behindTheStore(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      expect(await bench.validate(phone, phone.wrongCodeAt(START, round))).toMatchObject({ valid: false });
      expect(await bench.store.findAccountByEmail('ada@example.com')).toMatchObject({ id: account.id });
      await bench.store.unlockClient(account.id, 'ada', bench.change());
    }
  });

  test('what may have been done, as the database says (40003), is not done again', async () => {
    await database.behindTheStore(`
      create sequence tried;
      create function leave_open() returns trigger language plpgsql as
        $$ begin perform nextval('tried'); raise 'who knows' using errcode = '40003'; end $$;
      create trigger leave_open after insert on event for each statement execute function leave_open();
      alter table event disable trigger leave_open`);
    try {
      const account = await bench.createAccount();
      const phone = await bench.enrol(account, 'ada');
      await database.behindTheStore('alter table event enable trigger leave_open');
      await expectFault(bench.validate(phone, phone.codeAt(START)), 'store_unavailable', MAY_BE_DONE);
      // A change writes its events before it sends COMMIT, and this one never does.
      const unlocked = bench.store.unlockClient(account.id, 'ada', bench.change());
      await expectFault(unlocked, 'store_unavailable', NOTHING_DONE);
      expect(await database.behindTheStore('select last_value::int as n from tried')).toEqual([{ n: 2 }]);
    } finally {
      await database.behindTheStore('drop function leave_open cascade; drop sequence tried');
    }
  });

  test('what the database does not take fails for its caller alone, wherever it is in the batch', async () => {
    await database.behindTheStore("alter table event add constraint no_bad check (user_agent <> 'bad')");
    try {
      const account = await bench.createAccount();
      const phones = await Promise.all(
        Array.from({ length: 9 }, (_, index) => bench.enrol(account, `user-${index}`)),
      );
      const outcomes = await Promise.allSettled(
        phones.map((phone, index) =>
          bench.store.validate({
            accountId: account.id,
            clientId: phone.clientId,
            code: phone.codeAt(START),
            origin: { ...ORIGIN, userAgent: index === 4 ? 'bad' : 'good' },
          }),
        ),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(
        phones.map((_, index) => (index === 4 ? 'rejected' : 'fulfilled')),
      );
      expect(await bench.events(account, { event: 'totp.validated' })).toHaveLength(8);
    } finally {
      await database.behindTheStore('alter table event drop constraint no_bad');
    }
  });

  test('a database that is set to acknowledge before the disk is not taken at its word', async () => {
    await database.behindTheStore(`
      create table seen (setting text);
      create function note_setting() returns trigger language plpgsql as
        $$ begin insert into seen values (current_setting('synchronous_commit')); return null; end $$;
      create trigger note_setting after insert on event for each statement execute function note_setting();
      do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`);
    try {
      await bench.reopen();
      const account = await bench.createAccount();
      const phone = await bench.enrol(account, 'ada');
      await bench.validate(phone, phone.codeAt(START));
      const seen = await database.behindTheStore('select distinct setting from seen');
      expect(seen).toEqual([{ setting: 'on' }]);
    } finally {
      await database.behindTheStore(`
        drop trigger note_setting on event; drop function note_setting; drop table seen;
        do $$ begin execute format('alter database %I reset synchronous_commit', current_database()); end $$`);
    }
  });

  test('a past week goes from the disk once all of it was pruned, and not before', async () => {
    const connections = await Connections.open(parseDatabaseUrl(database.url), DEFAULT_LIMITS);
    try {
      await addPartitions(connections, START);
      const account = await bench.createAccount();
      const phone = await bench.enrol(account, 'ada');
      await bench.validate(phone, phone.codeAt(START));
      const events = await bench.events(account);
      const later = START + 2 * WEEK_MS;
      expect(await dropPruned(connections, later)).not.toContain('event_20261231');
      const { size } = { size: events.length };
      await bench.store.extendLogTree(account.id, 0, size, []);
      await bench.store.addCheckpoint(account.id, 0, {
        size,
        root: new Uint8Array(32),
        at: START,
        note: 'note',
      });
      expect(await bench.store.pruneEvents(account.id, size, 100)).toBe(size);
      // Gone for anyone who looks, and still there on the disk.
      expect(await bench.events(account)).toEqual([]);
      expect(await bench.store.readLog(account.id, 0, 10)).toEqual([]);
      expect(await database.behindTheStore('select count(*)::int as n from event')).toEqual([{ n: size }]);
      expect(await dropPruned(connections, later)).toContain('event_20261231');
      expect(await database.behindTheStore('select count(*)::int as n from event')).toEqual([{ n: 0 }]);
      // A log goes on after its events.
      expect(await bench.validate(phone, phone.codeAt(START + STEP_MS))).toEqual({ valid: true });
      expect((await bench.events(account)).map(({ id }) => id)).toEqual([size + 1]);
    } finally {
      await connections.close();
    }
  });

  test('a database that is not there: told within the time that was set, then at once', async () => {
    const away = await PostgresServer.start();
    const url = await away.createDatabase();
    const node = await openAt(url, { connectTimeoutMs: 3_000 });
    await away.stop();
    await expectFault(node.findAccountByEmail('ada@example.com'), 'store_unavailable');
    const begun = performance.now();
    await expectFault(node.ping(), 'store_unavailable', NOTHING_DONE);
    expect(performance.now() - begun).toBeLessThan(1_500);
    await node.close();
  });

  function openAt(url: string, limits = {}): Promise<Store> {
    const keys = createAuthenticatorKeys(bench.box, 100);
    return openPostgresStore({
      url,
      box: bench.box,
      keys,
      clock: () => bench.now,
      limits: { poolSize: 6, ...limits },
    });
  }
});

function onlyNotFound(error: unknown): void {
  expect(error).toMatchObject({ code: 'client_not_found' });
}

function onlyExists(error: unknown): void {
  expect(error).toMatchObject({ code: 'client_exists' });
}
