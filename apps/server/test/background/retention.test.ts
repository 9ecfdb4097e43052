/** Retention prunes bodies and keeps the tree whole: it does not read as tampering, and no tampering reads as it. */
import { type Checkpoint, rootFromInclusion, sameBytes, TreeHasher } from '@kanda/tlog';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/log-signing.ts';
import type { EventFilter } from '../../src/domain/log/event-store.ts';
import { AuditedLog, DAY_MS, MINUTE, START } from './audited-log.ts';

const EVERYTHING: EventFilter = { clientId: null, event: null, outcome: null, from: null, to: null };
const OLD = 700;
const ALL = 900;

let log: AuditedLog;
let old: Checkpoint;
let newest: Checkpoint;
let id: number;

/** 700 events of one day, 200 of the day after. */
beforeEach(async () => {
  log = await AuditedLog.open({ retentionDays: 30 });
  id = log.account.id;
  await log.record(OLD - 1);
  old = await log.checkpoint();
  log.now += DAY_MS;
  await log.record(ALL - OLD);
  newest = await log.checkpoint();
});
afterEach(() => log.remove());

const firstKept = () => log.read(`select min(id) from event where account_id = ${id}`);

async function ids(filter: Partial<EventFilter> = {}, limit = 150): Promise<number[]> {
  const all: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await log.installation.store.listEvents(id, { ...EVERYTHING, ...filter }, { cursor, limit });
    all.push(...page.data.map((event) => event.id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

async function pruneOld(): Promise<void> {
  log.now = START + 30 * DAY_MS;
  await log.keeper().prune();
  expect(firstKept()).toBe(OLD + 1);
}

test('a body is pruned only when the checkpoint that covers it is as old as the retention', async () => {
  log.now = START + 30 * DAY_MS - 1;
  await log.keeper().prune();
  expect(firstKept()).toBe(1);
  await pruneOld();
  expect(log.figures.pruned).toBe(OLD);
  log.now += DAY_MS;
  await log.keeper().prune();
  expect(log.read(`select count(*) from event where account_id = ${id}`)).toBe(0);
});

test('without a retention nothing is pruned', async () => {
  await log.stop();
  log.retentionDays = null;
  await log.start();
  log.now += 1_000 * DAY_MS;
  await log.keeper().prune();
  expect(firstKept()).toBe(1);
});

test('what no checkpoint covers is not pruned, however old', async () => {
  await log.record(5);
  log.now += 60 * DAY_MS;
  await log.keeper().prune();
  expect(firstKept()).toBe(ALL + 1);
});

describe('a clock that is wrong', () => {
  const YEAR = 365 * DAY_MS;

  test('a year ahead for some checkpoints, puts off nothing once it is right', async () => {
    log.now += YEAR;
    for (let signed = 0; signed < 70; signed++) {
      await log.record(1);
      await log.checkpoint();
    }
    log.now -= YEAR;
    await log.record(1);
    await log.checkpoint();
    log.now += 29 * DAY_MS;
    await log.keeper().prune();
    expect(firstKept()).toBe(OLD + 1);
    log.now += DAY_MS;
    await log.keeper().prune();
    expect(log.read(`select count(*) from event where account_id = ${id}`)).toBe(0);
  });

  test('a year behind for a checkpoint, has nothing pruned that was covered by another before', async () => {
    log.now -= YEAR;
    await log.record(1);
    await log.checkpoint();
    log.now += YEAR;
    await log.keeper().prune();
    expect(firstKept()).toBe(1);
  });

  test('a year ahead at a start, has nothing pruned if it is put right within the hour', async () => {
    let uptime = 5_000;
    const run = (ms: number) => {
      uptime += ms;
      log.now += ms;
    };
    log.now += YEAR;
    const keeper = log.keeper(log.installation, { uptime: () => uptime });
    await keeper.pruneByASteadyClock();
    run(59 * MINUTE);
    await keeper.pruneByASteadyClock();
    log.now -= YEAR;
    for (let minutes = 0; minutes < 120; minutes += 10) {
      run(10 * MINUTE);
      await keeper.pruneByASteadyClock();
    }
    expect(firstKept()).toBe(1);
  });

  test('is gone by after an hour, from a start on and from when it was set', async () => {
    let uptime = 5_000;
    const keeper = log.keeper(log.installation, { uptime: () => uptime });
    const run = async (ms: number) => {
      uptime += ms;
      log.now += ms;
      await keeper.pruneByASteadyClock();
    };
    log.now = START + 30 * DAY_MS;
    await run(0);
    await run(60 * MINUTE - 1);
    expect(firstKept()).toBe(1);
    await run(1);
    expect(firstKept()).toBe(OLD + 1);
    log.now += DAY_MS;
    await run(10 * MINUTE);
    expect(firstKept()).toBe(OLD + 1);
    await run(60 * MINUTE);
    expect(log.read(`select count(*) from event where account_id = ${id}`)).toBe(0);
  });
});

describe('afterwards', () => {
  beforeEach(pruneOld);

  test('the log is whole, and says up to where it was pruned', () => {
    for (const kept of [[], [old], [newest], [old, newest]]) {
      expect(log.verify(kept)).toMatchObject({ findings: [], coveredTo: ALL, prunedTo: OLD });
    }
  });

  test('it goes on: new events, checkpoints, another round of pruning', async () => {
    await log.record(50);
    const next = await log.checkpoint();
    expect(log.verify([old, newest, next])).toMatchObject({ findings: [], covered: { size: ALL + 50 } });
    log.now = START + 31 * DAY_MS;
    await log.keeper().prune();
    expect(log.verify([old, newest, next])).toMatchObject({ findings: [], prunedTo: ALL });
  });

  test('an event whose body is gone is still proven', async () => {
    const { leaf, hashes, checkpoint } = await log.installation.auditLog.proveInclusion(log.account, 17);
    const root = rootFromInclusion(new TreeHasher(sha256), leaf, 16, checkpoint.size, hashes);
    expect(sameBytes(root ?? new Uint8Array(0), newest.root)).toBe(true);
  });

  test('lists end where the bodies do, page by page, with every filter', async () => {
    const kept = Array.from({ length: ALL - OLD }, (_, at) => ALL - at);
    expect(await ids()).toEqual(kept);
    expect(await ids({ outcome: 'failure' }, 7)).toEqual(kept);
    expect(await ids({ from: START, to: START + 2 * DAY_MS })).toEqual(kept);
    expect(await ids({ to: START + DAY_MS / 2 })).toEqual([]);
    const ofClient = await ids({ clientId: 'client-1' }, 9);
    expect(ofClient.length).toBeGreaterThan(60);
    expect(Math.min(...ofClient)).toBeGreaterThan(OLD);
  });

  test("a client's list that was begun before goes on to its end, without a fault", async () => {
    const { store } = log.installation;
    const filter = { ...EVERYTHING, clientId: 'client-2' };
    const { nextCursor } = await store.listEvents(id, filter, { cursor: null, limit: 30 });
    log.now = START + 31 * DAY_MS;
    await log.keeper().prune();
    expect(await store.listEvents(id, filter, { cursor: nextCursor, limit: 30 })).toEqual({
      data: [],
      nextCursor: null,
    });
    expect(await ids({ clientId: 'client-2' })).toEqual([]);
    expect(await ids()).toEqual([]);
  });

  test('nothing of a clientId that is enrolled no longer is left with its last event', async () => {
    expect(log.read(`select count(*) from event_tail where account_id = ${id}`)).toBe(3);
    log.now = START + 31 * DAY_MS;
    await log.keeper().prune();
    expect(log.read(`select count(*) from event_tail where account_id = ${id}`)).toBe(0);
  });

  test('an event that is deleted behind the pruned ones is found', () => {
    log.tamper(`delete from event where account_id = ${id} and id = ${OLD + 1}`);
    expect(log.verify([newest]).findings[0]).toEqual({
      event: 1,
      message: `events 1 to ${OLD + 1} are missing, and no checkpoint that covers them is as old as the retention: they were deleted early`,
    });
  });

  test('a change to the hash of a pruned event is found', () => {
    log.tamper(
      `update log_tile set hashes = cast(zeroblob(32) || substr(hashes, 33) as blob)
       where account_id = ${id} and level = 0 and tile = 0`,
    );
    expect(log.verify([old, newest]).findings[0]?.message).toContain('somewhere from event 1 to 700');
  });
});

describe('what reads as retention and is none', () => {
  const deleteTo = (to: number) =>
    log.tamper(
      `delete from event where account_id = ${id} and id <= ${to};
       update log_tree set pruned_to = ${to} where account_id = ${id}`,
    );

  test('is found when the events were too young for it', () => {
    deleteTo(5);
    expect(log.verify([newest]).findings[0]).toMatchObject({
      event: 1,
      message: expect.stringContaining('events 1 to 5 are missing, and no checkpoint'),
    });
  });

  test('is found when events too young for it are there and shown to no one', async () => {
    log.tamper(`update log_tree set pruned_to = ${ALL} where account_id = ${id}`);
    expect(await ids()).toEqual([]);
    expect(log.verify([newest]).findings).toEqual([
      {
        event: 1,
        message: `events 1 to ${ALL} are hidden as pruned, and no checkpoint that covers them is as old as the retention: they were hidden early`,
      },
    ]);
  });

  test('is found when the store gives a checkpoint another time, with the key at hand', () => {
    deleteTo(5);
    log.tamper(
      `update log_checkpoint set at = at - ${60 * DAY_MS}, note = replace(note, 'time 2026-01', 'time 2025-11')
       where account_id = ${id}`,
    );
    expect(log.verify([newest]).findings.length).toBeGreaterThan(0);
  });

  test('is found when no retention is set', async () => {
    await log.stop();
    log.retentionDays = null;
    await log.start();
    deleteTo(1);
    log.now += 400 * DAY_MS;
    expect(log.verify([newest]).findings[0]?.message).toMatch(/^event 1 is missing, and no retention is set/);
  });
});

test('pruning that is stopped half way goes on where it was', async () => {
  log.now = START + 30 * DAY_MS;
  await log.installation.store.pruneEvents(id, OLD, 123);
  expect(log.verify([newest])).toMatchObject({ findings: [], prunedTo: 123 });
  await log.keeper().prune();
  expect(log.verify([newest])).toMatchObject({ findings: [], prunedTo: OLD });
});
