/** How the trees grow behind the logs, when checkpoints are signed, and when none must be. */
import { parseCheckpoint, sameBytes, TreeHasher, verifiesConsistency } from '@kanda/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openInstallation } from '../../src/compose/installation.ts';
import { loadConfig } from '../../src/config/load.ts';
import { sha256 } from '../../src/crypto/log-signing.ts';
import { Secret } from '../../src/domain/secret.ts';
import { AuditedLog, DAY_MS, MINUTE, START } from './audited-log.ts';

let log: AuditedLog;

beforeEach(async () => {
  log = await AuditedLog.open();
});
afterEach(() => log.remove());

const rows = (table: string) =>
  log.read(`select count(*) from ${table} where account_id = ${log.account.id}`);
const checkpointSizes = async () =>
  (await log.installation.store.listCheckpoints(log.account.id, 0, 1_000)).map(({ size }) => size);
const damage = () => log.logged.filter(({ message }) => message.includes('do not fit together'));

describe('a checkpoint', () => {
  test('covers the first event at once', async () => {
    await log.keeper().sequence();
    expect(await checkpointSizes()).toEqual([1]);
    expect(await log.newest()).toMatchObject({ origin: log.origin, size: 1, at: START });
  });

  test('is signed at most once an interval, and covers all that has come by then', async () => {
    const keeper = log.keeper();
    await keeper.sequence();
    await log.record(3);
    await keeper.sequence();
    log.now += MINUTE - 1;
    await keeper.sequence();
    expect(await checkpointSizes()).toEqual([1]);
    log.now += 1;
    await keeper.sequence();
    expect(await checkpointSizes()).toEqual([1, 4]);
  });

  test('is not signed where nothing has happened', async () => {
    await log.keeper().sequence();
    log.now += DAY_MS;
    await log.keeper().sequence();
    expect(await checkpointSizes()).toEqual([1]);
  });

  test('is not put off by a clock that was set back', async () => {
    await log.keeper().sequence();
    log.now -= DAY_MS;
    await log.record(1);
    await log.keeper().sequence();
    expect(await checkpointSizes()).toEqual([1, 2]);
  });

  test("covers the installation's own log, too", async () => {
    await log.installation.store.recordEvent(0, {
      event: 'account.login',
      outcome: 'failure',
      reason: 'credentials_invalid',
      clientId: null,
      at: log.now,
      origin: { actor: 'anonymous', ip: null, userAgent: null, requestId: null },
    });
    await log.keeper().sequence();
    const newest = await log.installation.store.newestCheckpoint(0);
    expect(parseCheckpoint(newest?.note ?? '').checkpoint).toMatchObject({
      origin: 'kanda/installation',
      size: 1,
    });
  });

  test('is proven to go on from each one before it', async () => {
    const sizes = [1, 2, 257, 300, 5_000];
    const signed = [];
    for (const size of sizes) {
      await log.record(size - (signed.at(-1)?.size ?? 1));
      signed.push(await log.checkpoint());
    }
    const hasher = new TreeHasher(sha256);
    for (const [at, later] of signed.entries()) {
      for (const earlier of signed.slice(0, at + 1)) {
        const proof = await log.installation.auditLog.proveConsistency(log.account, earlier.size, later.size);
        expect(verifiesConsistency(hasher, earlier, later, proof)).toBe(true);
      }
    }
  });
});

describe('a tree', () => {
  test('is the same whether it grew event by event or at once', async () => {
    for (let event = 0; event < 20; event++) {
      await log.record(1);
      await log.keeper().sequence();
    }
    const grown = await log.checkpoint();
    log.tamper(
      `delete from log_tree where account_id = ${log.account.id};
       delete from log_tile where account_id = ${log.account.id};
       delete from log_checkpoint where account_id = ${log.account.id}`,
    );
    const atOnce = await log.checkpoint();
    expect(atOnce.size).toBe(21);
    expect(sameBytes(atOnce.root, grown.root)).toBe(true);
  });

  test('takes up what a process that was killed had left: tiles without a checkpoint', async () => {
    await log.record(10);
    await log.keeper().sequence();
    await log.record(300);
    // The tiles are written and no checkpoint is due yet: as after a kill between the two.
    await log.keeper().sequence();
    expect(rows('log_checkpoint')).toBe(1);
    expect(log.read(`select size from log_tree where account_id = ${log.account.id}`)).toBe(311);
    await log.stop();
    await log.start();
    const checkpoint = await log.checkpoint();
    expect(checkpoint.size).toBe(311);
    expect(log.verify([checkpoint]).findings).toEqual([]);
  });

  test('built by two processes at once is one tree with one row of checkpoints', async () => {
    const other = await openInstallation(loadConfig({}, { 'data-dir': log.dataDir }), () => log.now);
    try {
      const keepers = [log.keeper(), log.keeper(other)];
      for (let round = 0; round < 5; round++) {
        await log.record(200);
        log.now += MINUTE;
        await Promise.all(keepers.map((keeper) => keeper.sequence()));
      }
      await Promise.all(keepers.map((keeper) => keeper.sequence({ evenIfNotDue: true })));
      const newest = await log.newest();
      expect(newest.size).toBe(1_001);
      expect(damage()).toEqual([]);
      expect(log.verify([newest])).toMatchObject({ findings: [], covered: { size: 1_001 } });
    } finally {
      await other.close();
    }
  });

  test('of a log that was written before there were trees is made from all of its events', async () => {
    await log.record(700);
    const checkpoint = await log.checkpoint();
    expect(checkpoint.size).toBe(701);
    expect(log.verify([checkpoint]).findings).toEqual([]);
  });

  test('grows and is signed by a keeper that runs, and a stop covers what has just come', async () => {
    const keeper = log.keeper();
    keeper.start();
    await log.record(40);
    await keeper.stop();
    expect((await log.newest()).size).toBe(41);
    expect(log.figures).toMatchObject({ sequenced: 41, damagedLogs: 0 });
  });

  test('with more to do than a stop has time for, ends with the stop, and the next start goes on', async () => {
    await log.record(3_000);
    const keeper = log.keeper(log.installation, { finishWithinMs: 0 });
    keeper.start();
    await keeper.stop();
    const sequenced = log.figures.sequenced;
    await log.stop();
    await log.start();
    expect(log.logged).toEqual([]);
    expect(sequenced).toBeLessThan(3_001);
    expect((await log.checkpoint()).size).toBe(3_001);
  });
});

describe('nothing is signed, and the operator is notified once,', () => {
  async function expectRefusal(message: RegExp): Promise<void> {
    const before = await checkpointSizes();
    await log.record(1);
    const keeper = log.keeper();
    await keeper.sequence({ evenIfNotDue: true });
    await keeper.sequence({ evenIfNotDue: true });
    expect(await checkpointSizes()).toEqual(before);
    expect(damage()).toHaveLength(1);
    expect(damage()[0]?.fields).toMatchObject({
      account: log.account.publicId,
      cause: { message: expect.stringMatching(message) },
    });
    expect(log.figures.damagedLogs).toBe(1);
  }

  beforeEach(async () => {
    await log.record(300);
    await log.checkpoint();
  });

  test('when the stored tree was changed', async () => {
    log.tamper(
      `update log_tile set hashes = cast(zeroblob(32) || substr(hashes, 33) as blob)
       where account_id = ${log.account.id} and level = 0 and tile = 1`,
    );
    await expectRefusal(/does not go on from the last checkpoint, of 301 events/);
  });

  test('when a tile is gone', async () => {
    log.tamper(`delete from log_tile where account_id = ${log.account.id} and level = 0 and tile = 1`);
    await expectRefusal(/lacks a part of tile 0\/1/);
  });

  test('when the last checkpoint is gone', async () => {
    log.tamper(`delete from log_checkpoint where account_id = ${log.account.id}`);
    await expectRefusal(/the last checkpoint is gone/);
  });

  test('when the last checkpoint is forged', async () => {
    log.tamper(`update log_checkpoint set root = zeroblob(32) where account_id = ${log.account.id}`);
    await expectRefusal(/was not signed with this key/);
  });

  test('when the log has become shorter than its tree', async () => {
    log.tamper(
      `delete from event where account_id = ${log.account.id} and id > 290;
       update account_head set last_event = 290 where account_id = ${log.account.id}`,
    );
    await expectRefusal(/events 292 to 301 are gone from the log/);
  });

  test.each([
    [
      'what has no checkpoint any more',
      () => log.tamper(`delete from log_checkpoint where account_id = ${log.account.id}`),
      /the last checkpoint is gone/,
    ],
    [
      'an event that this version does not know',
      () => spoilNext('type = 99'),
      /event 302 cannot be put into the tree: its type is unknown to this version/,
    ],
    [
      'an event whose time no calendar has',
      () => spoilNext('at = 9000000000000000'),
      /event 302 cannot be put into the tree/,
    ],
    [
      'an event with a number that JavaScript has not',
      () => spoilNext('at = 9223372036854775807'),
      /event 302 cannot be put into the tree/,
    ],
  ])('about %s, while the logs of others go on', async (_, damageIt, message) => {
    damageIt();
    const other = await log.installation.accounts.register(
      { email: 'other@example.com', password: new Secret('nine loud magpies on the roof') },
      { at: log.now, origin: { actor: 'cli', ip: null, userAgent: null, requestId: null } },
    );
    await expectRefusal(message);
    expect(other.id).toBeGreaterThan(log.account.id);
    expect((await log.installation.store.newestCheckpoint(other.id))?.size).toBe(1);
  });

  /** Has the next event of the log written with something else in its row. */
  function spoilNext(changed: string): void {
    log.tamper(
      `create trigger spoil after insert on event when new.account_id = ${log.account.id} begin
         update event set ${changed} where account_id = new.account_id and id = new.id; end`,
    );
  }
});

test('what stands before an event that this version does not know is in the tree, and the event is shown', async () => {
  await log.record(4);
  log.tamper(`update event set type = 99 where account_id = ${log.account.id} and id = 4`);
  await log.keeper().sequence();
  expect(log.figures).toMatchObject({ sequenced: 3, behind: 5, damagedLogs: 1 });
  const { store } = log.installation;
  const everything = { clientId: null, event: null, outcome: null, from: null, to: null };
  const { data } = await store.listEvents(log.account.id, everything, { cursor: null, limit: 3 });
  const followed = await store.followLog(log.account.id, 2, everything, 3);
  for (const shown of [data, followed.events.toReversed()]) {
    expect(shown.map(({ id, event }) => [id, event])).toEqual([
      [5, 'totp.validated'],
      [4, 'unknown'],
      [3, 'totp.validated'],
    ]);
  }
  expect(await store.findEvent(log.account.id, 4)).toMatchObject({ event: 'unknown', clientId: 'client-2' });
  // A version that knows it goes on from there.
  log.tamper(`update event set type = 14 where account_id = ${log.account.id} and id = 4`);
  const checkpoint = await log.checkpoint();
  expect(checkpoint.size).toBe(5);
  expect(log.verify([checkpoint]).findings).toEqual([]);
});

test('what a round could not come to counts as behind', async () => {
  await log.record(4);
  log.tamper('alter table log_tile rename to away');
  await expect(log.keeper().sequence()).rejects.toThrow();
  expect(log.figures.behind).toBe(5);
});

test('a log that was repaired is signed again', async () => {
  await log.checkpoint();
  log.tamper(`update log_tree set checkpoint_size = 0 where account_id = ${log.account.id}`);
  log.tamper(`create table kept as select * from log_checkpoint; delete from log_checkpoint`);
  log.tamper(`update log_tree set checkpoint_size = 1 where account_id = ${log.account.id}`);
  await log.record(1);
  const keeper = log.keeper();
  await keeper.sequence({ evenIfNotDue: true });
  expect(log.figures.damagedLogs).toBe(1);
  log.tamper('insert into log_checkpoint select * from kept');
  await keeper.sequence({ evenIfNotDue: true });
  expect(log.figures.damagedLogs).toBe(0);
  expect(await checkpointSizes()).toEqual([1, 2]);
});
