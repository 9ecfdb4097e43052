/**
 * A node that was slow in a round, and lost the lease for the work behind the logs in its middle, writes nothing more.
 *
 * Seen to fail without the guard: with `underFence` (store/postgres/leased-leadership.ts) that only does the work, the slow
 * node's tiles, checkpoint and pruning were written in each of the first cases, and in the last one the other node
 * took the lease over while the write was under way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { createLogSigner, sha256, verifyEd25519 } from '../../../src/crypto/log-signing.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { LogTrees } from '../../../src/domain/log/log-trees.ts';
import type { LogHead } from '../../../src/domain/log/ports.ts';
import { SignedInProcess } from '../../../src/domain/log/signed-memory.ts';
import type { Store } from '../../../src/domain/store.ts';
import { ORIGIN, START, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from './postgres-database.ts';

const EVENTS = 40;

describe.skipIf(embeddedPostgres() === null)('a node that lost the lease in the middle of a round', () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  let bench: Workbench;
  let slow: Store;
  let fast: Store;
  let account: Account;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = new PostgresDatabase(server, await server.createDatabase());
    bench = await Workbench.open(async () => database);
    slow = bench.store;
    fast = await bench.openNode();
    account = await bench.createAccount();
    for (let number = 2; number <= EVENTS; number++) {
      await slow.recordEvent(account.id, {
        event: 'totp.validated',
        outcome: 'failure',
        reason: 'client_not_found',
        clientId: 'unknown',
        at: START,
        origin: ORIGIN,
      });
    }
  });
  afterEach(() => bench.close());

  const treesOf = (store: Store) =>
    new LogTrees({
      store,
      signed: new SignedInProcess(),
      signer: createLogSigner(new Uint8Array(32).fill(7)),
      sha256,
      verify: verifyEd25519,
      clock: () => bench.now,
      checkpointIntervalMs: 1_000,
      retentionMs: 1,
    });

  async function headOf(store: Store): Promise<LogHead> {
    const head = await store.logHead(account.id);
    if (head === null) throw new Error('no such log');
    return head;
  }

  /** The slow node's lease runs out by the database's clock, and the other node takes it over. */
  async function takeOver(): Promise<void> {
    await database.behindTheStore('update lease set expires_at = 1');
    expect(await fast.leadership?.hold()).toBe(true);
  }

  const noRest = async () => {};
  const count = async (table: string) =>
    (
      await database.behindTheStore(
        `select count(*)::int as n from ${table} where account_id = ${account.id}`,
      )
    )[0]?.n;

  const REFUSED = { code: 'store_unavailable', cause: { name: 'LeadershipLost' } };

  test('does not extend the tree that it has read the events for', async () => {
    // The pause between reading the events and writing their tiles is where a round is slow.
    await expect(treesOf(slow).extend(await headOf(slow), takeOver)).rejects.toMatchObject(REFUSED);
    expect(await count('log_tile')).toBe(0);
    expect(await treesOf(fast).extend(await headOf(fast), noRest)).toBe(EVENTS);
    expect(await count('log_tile')).toBe(1);
  });

  test('does not keep the checkpoint that it has signed', async () => {
    await treesOf(slow).extend(await headOf(slow), noRest);
    const head = await headOf(slow);
    await takeOver();
    await expect(treesOf(slow).signCheckpoint(head)).rejects.toMatchObject(REFUSED);
    expect(await count('log_checkpoint')).toBe(0);
    expect(await treesOf(fast).signCheckpoint(await headOf(fast))).toMatchObject({ size: EVENTS });
  });

  test('neither prunes nor notes what was sent', async () => {
    const trees = treesOf(slow);
    await trees.extend(await headOf(slow), noRest);
    await trees.signCheckpoint(await headOf(slow));
    bench.now += 1_000;
    const head = await headOf(slow);
    await takeOver();
    await expect(trees.prune(head, noRest)).rejects.toMatchObject(REFUSED);
    await expect(slow.markCheckpointsSent(account.id, EVENTS)).rejects.toMatchObject(REFUSED);
    expect(await headOf(fast)).toMatchObject({ prunedTo: 0, sentSize: 0 });
  });

  test('writes nothing before it has had the lease, nor after it has yielded it', async () => {
    await expect(fast.extendLogTree(account.id, 0, EVENTS, [])).rejects.toMatchObject(REFUSED);
    await slow.leadership?.yield();
    await expect(slow.extendLogTree(account.id, 0, EVENTS, [])).rejects.toMatchObject(REFUSED);
  });

  test('had its last write, if that was under way, before the other node took over', async () => {
    const holder = new pg.Client(database.url);
    await holder.connect();
    try {
      await holder.query('begin; lock table log_tree in access exclusive mode');
      await database.behindTheStore('update lease set expires_at = 1');
      const writing = slow.extendLogTree(account.id, 0, EVENTS, []).then(
        () => null,
        (error: unknown) => error,
      );
      await waiting(1);
      let taken: boolean | null = null;
      // It may also have waited for too long, and asks again.
      const asked = fast.leadership?.hold().then(
        (holds) => {
          taken = holds;
        },
        () => {},
      );
      await Promise.race([waiting(2), asked]);
      const wasTakenMeanwhile = taken === true;
      await holder.query('commit');
      // A write that waits for long lets go of its rows and begins anew: it was not under way in between, and the
      // other node may have taken over. Then it is refused.
      if (wasTakenMeanwhile) expect(await writing).toMatchObject(REFUSED);
      else expect(await writing).toBeNull();
      await asked;
      expect(await fast.leadership?.hold()).toBe(true);
      await expect(slow.extendLogTree(account.id, EVENTS, EVENTS + 1, [])).rejects.toMatchObject(REFUSED);
    } finally {
      await holder.end();
    }
  });

  /** Resolves when this many connections wait for a lock. */
  async function waiting(connections: number): Promise<void> {
    for (;;) {
      const [row] = await database.behindTheStore(
        "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      if (Number(row?.n) >= connections) return;
      await sleep(20);
    }
  }
});
