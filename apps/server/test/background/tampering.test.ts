/**
 * Anyone who can write to the store edits, reorders or deletes events, and it shows (security.md, case 23): against
 * a checkpoint that was kept elsewhere, at the right event, also when the stored tree is forged along.
 */
import { type Checkpoint, extendTiles, TreeHasher } from '@kanda/tlog';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/log-signing.ts';
import { loggedEvent, treeEntry } from '../../src/domain/log/leaf.ts';
import { AuditedLog, MINUTE } from './audited-log.ts';

/** Checkpoints of 100, 300 and 600 events: more than a tile, and an edge in the middle of one. */
const SIZES = [100, 300, 600] as const;
const LAST = 600;

let log: AuditedLog;
let kept: Checkpoint[];
let id: number;

beforeAll(async () => {
  log = await AuditedLog.open();
  kept = [];
  for (const size of SIZES) {
    await log.record(size - (kept.at(-1)?.size ?? 1));
    kept.push(await log.checkpoint());
    log.now += MINUTE;
  }
  id = log.account.id;
  await log.save();
});
beforeEach(() => log.restore());
afterAll(() => log.remove());

const found = (checkpoints = kept) =>
  log.verify(checkpoints).findings.map(({ event, message }) => ({ event, message }));
const firstEvent = () => found()[0]?.event;

/** Makes the stored tree anew from the bodies as they now are, as a forger would who knows how. */
async function forgeTree(): Promise<void> {
  const events = await log.installation.store.readLog(id, 0, 10_000);
  const hasher = new TreeHasher(sha256);
  const leaves = events.map((event) => hasher.leaf(treeEntry(loggedEvent(event))));
  const tiles = extendTiles(hasher, 0, [], leaves);
  const statements = tiles.map(
    ({ level, index, hashes }) =>
      `insert into log_tile values (${id}, ${level}, ${index}, x'${Buffer.from(hashes).toString('hex')}');`,
  );
  log.tamper(
    `begin; delete from log_tile where account_id = ${id}; ${statements.join('')}
     update log_tree set size = ${leaves.length} where account_id = ${id}; commit`,
  );
}

/** Takes an event out and closes the gap behind it. */
function closeGap(event: number): void {
  log.tamper(
    `begin; delete from event where account_id = ${id} and id = ${event};
     update event set id = -id where account_id = ${id} and id > ${event};
     update event set id = -id - 1 where account_id = ${id} and id < 0;
     update account_head set last_event = last_event - 1 where account_id = ${id}; commit`,
  );
}

test('the log as it was written is whole, against each checkpoint that was kept and all of them', () => {
  const [first, , last] = kept as [Checkpoint, Checkpoint, Checkpoint];
  for (const [checkpoints, covered] of [
    [[], { size: LAST, kept: false }],
    [[first], { size: 100, kept: true }],
    [[last], { size: LAST, kept: true }],
    [kept, { size: LAST, kept: true }],
  ] as const) {
    expect(log.verify(checkpoints)).toMatchObject({
      findings: [],
      covered,
      coveredTo: LAST,
      lastEvent: LAST,
      prunedTo: 0,
    });
  }
});

describe.each([
  ['first', 1],
  ['second', 2],
  ['last of a tile', 256],
  ['middle', 301],
  ['last', LAST],
])('the %s event', (_, event) => {
  test.each([
    ['event', 'type = type % 14 + 1'],
    ['outcome', 'outcome = 1 - outcome'],
    ['reason', "reason = 'locked'"],
    ['clientId', "client_id = 'mallory'"],
    ['actor', "actor = 'key:mallory'"],
    ['ip', "ip = '203.0.113.9'"],
    ['ip taken out', 'ip = null, user_agent = null'],
    ['userAgent', "user_agent = 'curl'"],
    ['requestId', "request_id = 'req_forged'"],
    ['createdAt', 'at = at + 1'],
  ])('with another %s is named', (_field, change) => {
    log.tamper(`update event set ${change} where account_id = ${id} and id = ${event}`);
    expect(found()[0]).toEqual({ event, message: expect.stringMatching(`^event ${event} was changed: `) });
  });

  test.each([
    ['type = 99', 'has a type that this version does not know: .* or it was altered'],
    ['at = 9000000000000000', 'was changed: it is no'],
  ])('that is no event any more (%s) is named', (change, what) => {
    log.tamper(`update event set ${change} where account_id = ${id} and id = ${event}`);
    expect(found()[0]).toEqual({ event, message: expect.stringMatching(`^event ${event} ${what}`) });
  });

  test('deleted is named', () => {
    log.tamper(`delete from event where account_id = ${id} and id = ${event}`);
    expect(found()[0]?.event).toBe(event);
    expect(found()[0]?.message).toContain(`event ${event} is missing`);
  });

  test('deleted, with the gap closed, is named', () => {
    closeGap(event);
    expect(firstEvent()).toBe(event);
  });

  test('deleted, with the gap closed and the tree forged along, is reported between two checkpoints', async () => {
    closeGap(event);
    await forgeTree();
    const reach = SIZES.find((size) => size >= event) ?? 0;
    const before = SIZES.findLast((size) => size < event) ?? 0;
    // One event fewer than the last checkpoint covers: there is nothing to make that one's root from.
    expect(found().at(-1)).toEqual({
      event: LAST,
      message: `the log ends at event 599, and a checkpoint covers 600: 1 event was deleted, at the end or anywhere after event ${before}`,
    });
    if (reach === LAST) return;
    expect(found()[0]).toEqual({
      event: before + 1,
      message: expect.stringContaining(`from event ${before + 1} to ${reach}:`),
    });
  });

  test('edited, with the tree forged along, is reported between two checkpoints', async () => {
    log.tamper(`update event set reason = 'locked' where account_id = ${id} and id = ${event}`);
    await forgeTree();
    const reach = SIZES.find((size) => size >= event) ?? 0;
    const before = SIZES.findLast((size) => size < event) ?? 0;
    expect(found()).toEqual([
      {
        event: before + 1,
        message: `events and stored tree were both changed, somewhere from event ${before + 1} to ${reach}: they do not lead to the checkpoint of ${reach} events`,
      },
    ]);
  });
});

test.each([
  [1, 2],
  [1, LAST],
  [256, 257],
  [300, 301],
  [599, 600],
])('events %i and %i that changed places are found, the earlier one named', async (one, other) => {
  log.tamper(
    `begin; update event set id = -1 where account_id = ${id} and id = ${one};
     update event set id = ${one} where account_id = ${id} and id = ${other};
     update event set id = ${other} where account_id = ${id} and id = -1; commit`,
  );
  expect(firstEvent()).toBe(one);
  await forgeTree();
  expect(found()[0]?.message).toContain('were both changed');
});

describe('an event put in', () => {
  const forged = (number: number) =>
    `insert into event select account_id, ${number}, at, type, outcome, reason, client_id, actor, ip, user_agent, request_id, previous
     from event where account_id = ${id} and id = 17`;

  test.each([LAST + 1, 0, -5])('as number %i, without a place in the log, is named', (number) => {
    log.tamper(forged(number));
    expect(found()[0]).toEqual({ event: number, message: expect.stringMatching(/stands (beyond|outside)/) });
  });

  test('at the end, as if it had been logged, is not taken for covered, and its broken history is named', () => {
    log.tamper(
      `${forged(LAST + 1)}; update account_head set last_event = ${LAST + 1} where account_id = ${id}`,
    );
    expect(log.verify(kept)).toMatchObject({ covered: { size: LAST }, lastEvent: LAST + 1 });
    expect(found()[0]?.message).toContain(`event ${LAST + 1} leads to event`);
  });

  test('in the middle, with the others moved up, is named', () => {
    log.tamper(
      `begin; update event set id = -id - 1 where account_id = ${id} and id >= 50;
       update event set id = -id where account_id = ${id} and id < 0; ${forged(50)};
       update account_head set last_event = last_event + 1 where account_id = ${id}; commit`,
    );
    expect(firstEvent()).toBe(50);
  });
});

describe('the tail cut off', () => {
  const cut = (from: number) =>
    log.tamper(
      `begin; delete from event where account_id = ${id} and id >= ${from};
       update account_head set last_event = ${from - 1} where account_id = ${id}; commit`,
    );

  test.each([2, 300, 301, LAST])('from event %i on is found, with the head set back', (from) => {
    cut(from);
    expect(firstEvent()).toBe(from);
  });

  test.each([2, 300, 301, LAST])(
    'from event %i on is found, with head, tree and later checkpoints set back',
    async (from) => {
      cut(from);
      log.tamper(
        `delete from log_checkpoint where account_id = ${id} and size >= ${from};
         update log_tree set checkpoint_size = (select coalesce(max(size), 0) from log_checkpoint where account_id = ${id})
         where account_id = ${id}`,
      );
      await forgeTree();
      expect(found()).toEqual([
        {
          event: from,
          message: expect.stringMatching(
            `^the log ends at event ${from - 1}, and a checkpoint covers ${LAST}: ${LAST - from + 1} events? w(as|ere) deleted`,
          ),
        },
      ]);
      // Nothing in the store tells of it any more: this is what a checkpoint kept elsewhere is for.
      expect(
        found(from > 100 ? kept.slice(0, 1) : []).filter(({ message }) => message.includes('deleted')),
      ).toEqual([]);
    },
  );

  test('and everything, is found', () => {
    log.tamper(
      `delete from event where account_id = ${id}; delete from log_tile where account_id = ${id};
       delete from log_checkpoint where account_id = ${id}; update log_tree set size = 1, checkpoint_size = 0 where account_id = ${id};
       update account_head set last_event = 1 where account_id = ${id}`,
    );
    expect(found().map(({ message }) => message)).toContainEqual(
      expect.stringContaining('event 1 is missing'),
    );
  });
});

describe('the stored tree', () => {
  test('with a forged leaf is distinguished from a changed event', () => {
    log.tamper(
      `update log_tile set hashes = cast(substr(hashes, 1, 32) || zeroblob(32) || substr(hashes, 65) as blob)
       where account_id = ${id} and level = 0 and tile = 1`,
    );
    expect(found()[0]).toEqual({
      event: 258,
      message: expect.stringMatching('^the stored tree was changed at event 258'),
    });
  });

  test('with a forged tile above the leaves is reported', () => {
    log.tamper(`update log_tile set hashes = zeroblob(64) where account_id = ${id} and level = 1`);
    expect(found()).toEqual([{ event: null, message: expect.stringContaining('tile 1/0') }]);
  });

  test('without a tile is reported', () => {
    log.tamper(`delete from log_tile where account_id = ${id} and level = 0 and tile = 1`);
    expect(found()[0]).toEqual({ event: 257, message: 'the stored tree lacks the leaf of event 257' });
  });

  test('with a checkpoint of another key, or one that says otherwise, is reported', () => {
    log.tamper(
      `update log_checkpoint set note = replace(note, '300', '301') where account_id = ${id} and size = 300`,
    );
    expect(found()[0]?.message).toBe(
      "the store's own checkpoint of 300 events is not what its signed note says",
    );
    log.tamper(
      `update log_checkpoint set note = replace(note, 'time 2026', 'time 2025'), at = at - 31536000000
       where account_id = ${id} and size = 300 and note like '%300%'`,
    );
    log.tamper(`update log_checkpoint set note = 'x' where account_id = ${id} and size = 100`);
    expect(found()[0]?.message).toContain("the store's own checkpoint of 100 events is damaged");
  });

  test('with a signed time moved back is reported when the key is at hand', () => {
    log.tamper(
      `update log_checkpoint set note = replace(note, 'time 2026', 'time 2025'), at = at - 31536000000
       where account_id = ${id} and size = 300`,
    );
    expect(found()[0]?.message).toBe(
      "the store's own checkpoint of 300 events is not signed by the given key",
    );
    expect(log.verify(kept, { withKey: false }).findings).toEqual([]);
  });
});

describe('the history of a client', () => {
  test('with a link that passes an event over is named', () => {
    log.tamper(`update event set previous = 3 where account_id = ${id} and id = 9`);
    expect(found()[0]).toEqual({ event: 9, message: expect.stringContaining('event 9 leads to event 3') });
  });

  test('with its newest event hidden is named', () => {
    log.tamper(`update event_tail set last_event = 2 where account_id = ${id} and client_id = 'client-1'`);
    expect(found()[0]?.message).toContain('the history of client-1 begins at event 2');
  });

  test('that nothing leads to any more is named, with its newest event', () => {
    const newest = log.read(
      `select last_event from event_tail where account_id = ${id} and client_id = 'client-1'`,
    );
    log.tamper(`delete from event_tail where account_id = ${id} and client_id = 'client-1'`);
    expect(found()).toEqual([
      { event: newest, message: expect.stringContaining('the history of client-1 is not found') },
    ]);
  });
});

describe('an event that is there and kept from a list', () => {
  test('as if it had been pruned, is named', () => {
    log.tamper(`update log_tree set pruned_to = checkpoint_size where account_id = ${id}`);
    expect(found()).toEqual([
      {
        event: 1,
        message: `events 1 to ${LAST} are hidden as pruned, and no retention is set (KANDA_LOG_RETENTION): nothing was to be pruned`,
      },
    ]);
  });

  test.each([
    ['no hour at all', 'delete from activity'],
    ['an hour that ends before it', 'update activity set last_event = 0'],
    ['an hour that begins after it', `update activity set first_event = ${LAST + 1}`],
    ['another hour', 'update activity set hour = hour + 1'],
  ])('by time, with %s, is named', (_, sql) => {
    log.tamper(`${sql} where account_id = ${id}`);
    expect(found()).toEqual([
      { event: 1, message: expect.stringMatching('^event 1 is not found by its time') },
    ]);
  });

  test('by outcome, with one that is neither, is named, and is in the list of failures all the same', async () => {
    log.tamper(`update event set outcome = 2 where account_id = ${id} and id = 9`);
    expect(found()).toEqual([{ event: 9, message: expect.stringContaining('has the outcome 2') }]);
    const filter = { clientId: null, event: null, outcome: 'failure', from: null, to: null } as const;
    const { store } = log.installation;
    for (const clientId of [null, String(log.read('select client_id from event where id = 9'))]) {
      const page = await store.listEvents(id, { ...filter, clientId }, { cursor: null, limit: 600 });
      expect(page.data.map((event) => event.id)).toContain(9);
    }
    expect((await store.followLog(id, 8, filter, 1)).events).toMatchObject([{ id: 9 }]);
  });
});

test('more checkpoints that left the host than there are, is reported', () => {
  log.tamper(`update log_tree set sent_size = checkpoint_size + 1 where account_id = ${id}`);
  expect(found()).toEqual([{ event: null, message: expect.stringContaining('some may never have left') }]);
});
