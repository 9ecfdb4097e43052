/**
 * What says that a node is ready asks of the database what a validation asks, and does not wait for long.
 *
 * Seen to fail without `touchHotTables` (store/operations/installation): with each of these tables locked the node was
 * ready. And without the bound of store/scheduling/shared-probe.ts: no probe was answered, whether a table was locked or
 * the server frozen.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { expectFault, START, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from './postgres-database.ts';

/** Longer than the probe waits. */
const LIMITS = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

describe.skipIf(embeddedPostgres() === null)('whether a node is ready', () => {
  let server: PostgresServer;
  let bench: Workbench;
  let url: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
    bench = await Workbench.open(async () => new PostgresDatabase(server, url, LIMITS));
  });
  /** Ends what the test has PostgreSQL wait for, also where the test has run out of time before it came to that. */
  let held: (() => unknown) | null = null;
  const release = async () => {
    const end = held;
    held = null;
    await end?.();
  };
  afterEach(async () => {
    await release();
    await bench.close();
  });

  test.each(['account_head', 'authenticator_state', 'event', 'activity', 'event_tail', 'client'])(
    'it is not while %s is locked, and is again afterwards',
    async (table) => {
      await bench.store.ping();
      const holder = new pg.Client(url);
      await holder.connect();
      held = () => holder.end();
      await holder.query('begin');
      await holder.query(`lock table ${table} in access exclusive mode`);
      await sleep(150);
      await expectFault(bench.store.ping(), 'store_unavailable');
      await release();
      await untilReady();
    },
  );

  test('it is not while PostgreSQL is frozen, and a probe that hangs is shared by all who ask', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    await sleep(150);
    const frozen = processesOf(server.pid);
    held = () => {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    };
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    const asked = Array.from({ length: 50 }, () => bench.store.ping());
    for (const one of asked) await expectFault(one, 'store_unavailable');
    // It hangs still: no one waits for it again.
    await expectFault(bench.store.ping(), 'store_unavailable');
    await release();
    await untilReady();
    expect(await bench.validate(phone, phone.codeAt(START))).toEqual({ valid: true });
  });

  async function untilReady(): Promise<void> {
    for (;;) {
      try {
        return await bench.store.ping();
      } catch {
        await sleep(50);
      }
    }
  }
});

/** The server with the processes that it has made. */
function processesOf(pid: number): readonly number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = all.filter((name) => {
    try {
      return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
  return [pid, ...children.map(Number)];
}
