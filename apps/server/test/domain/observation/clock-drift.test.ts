import { beforeEach, describe, expect, test } from 'vitest';
import { ClockDriftWatch, type DriftLog } from '../../../src/background/clock-drift-watch.ts';
import { BatchTally } from '../../../src/domain/observation/batch-tally.ts';
import { CodesAgainstClock } from '../../../src/domain/observation/clock-drift.ts';

const MINUTE = 60_000;
let uptime: number;
let codes: CodesAgainstClock;

beforeEach(() => {
  uptime = 1_000;
  codes = new CodesAgainstClock(() => uptime);
});

/** One refused code of each of these users, whose clocks are ahead of the server's by so much. */
function near(users: number, seconds: number, name = 'user', account = 1): void {
  for (let user = 0; user < users; user++)
    codes.note(new Map(), [{ client: `${name}-${user}`, account, seconds }]);
}

/** So many accepted codes of an account. */
function accepted(count: number, account = 1): void {
  codes.note(new Map([[account, count]]), []);
}

describe('codes against the clock', () => {
  test('four users are their own clocks, five are the server', () => {
    near(4, 120);
    expect(codes.look()).toBeNull();
    near(5, 120);
    expect(codes.look()).toEqual({ aheadSeconds: -120, clients: 5 });
  });

  test('one user who tries a hundred times is one', () => {
    for (let attempt = 0; attempt < 100; attempt++) near(1, 120);
    expect(codes.look()).toBeNull();
    expect(codes).toMatchObject({ serverBehind: 100, serverAhead: 0 });
  });

  test('phones that are off in both directions say nothing of the server', () => {
    near(10, 120, 'ahead');
    near(10, -120, 'behind');
    expect(codes.look()).toBeNull();
  });

  test('a few off phones among many accepted codes are the phones', () => {
    near(10, 120);
    accepted(41);
    expect(codes.look()).toBeNull();
    near(12, -60, 'others');
    expect(codes.look()).toBeNull();
  });

  test('ten among forty accepted are a fifth', () => {
    near(10, -90);
    accepted(40);
    expect(codes.look()).toEqual({ aheadSeconds: 90, clients: 10 });
  });

  test('one account says nothing alone where another is heard of, by an accepted code or by one that is off otherwise', () => {
    near(100, 120, 'user', 1);
    expect(codes.look()).not.toBeNull();
    accepted(1, 2);
    expect(codes.look()).toBeNull();
    near(1, -60, 'other', 3);
    expect(codes.look()).toBeNull();
    near(1, 120, 'another', 4);
    expect(codes.look()).toEqual({ aheadSeconds: -120, clients: 101 });
    accepted(5, 2);
    expect(codes.look()).toBeNull();
  });

  test('accepted codes of more accounts than are remembered count together', () => {
    near(500, 120, 'user', 1);
    for (let account = 2; account < 1_500; account++) accepted(1, account);
    near(250, 120, 'other', 2_000);
    expect(codes.look()).toBeNull();
  });

  test('is over 15 minutes after the last of them', () => {
    near(5, 120);
    uptime += 15 * MINUTE;
    expect(codes.look()).not.toBeNull();
    uptime += 1;
    expect(codes.look()).toBeNull();
  });

  test('accepted codes of long ago do not count against it', () => {
    accepted(1_000);
    uptime += 31 * MINUTE;
    near(5, 120);
    expect(codes.look()).not.toBeNull();
  });

  test('remembers a bounded number of users', () => {
    near(5_000, 120);
    expect(codes.look()).toEqual({ aheadSeconds: -120, clients: 1_000 });
  });
});

test('what was judged in a test half says nothing of the server’s', () => {
  const tally = new BatchTally();
  const judged = { accepted: null, lockedNow: false, delayedNow: true, nearSeconds: () => 120 };
  const alice = { accountId: 1, clientId: 'alice' };
  tally.add(judged, alice, false);
  expect(tally).toMatchObject({ delays: 1, near: [] });
  tally.add(judged, alice, true);
  expect(tally.near).toEqual([{ client: '1 alice', account: 1, seconds: 120 }]);
});

test('of a large batch the first codes are asked what they say of the clock, right ones and refused ones alike', () => {
  const tally = new BatchTally();
  const right = { accepted: 0, lockedNow: false, delayedNow: false, nearSeconds: null };
  let computed = 0;
  const nearSeconds = () => {
    computed++;
    return 120;
  };
  const refused = { accepted: null, lockedNow: true, delayedNow: false, nearSeconds };
  const unseen = { accepted: null, lockedNow: false, delayedNow: false, nearSeconds: null };
  for (let user = 0; user < 50; user++) {
    for (const judged of [unseen, right, refused])
      tally.add(judged, { accountId: 1, clientId: `user ${user}` }, true);
  }
  expect(computed).toBe(4);
  expect(tally.lockouts).toBe(50);
  expect(tally.accepted).toEqual(new Map([[1, 4]]));
  expect(tally.near).toHaveLength(4);
});

test('the log says it once in ten minutes, and when it is over', () => {
  const said: string[] = [];
  const log: DriftLog = {
    info: (_, message) => void said.push(`info: ${message}`),
    error: (_, message) => void said.push(`error: ${message}`),
  };
  const watch = new ClockDriftWatch(codes, log, () => uptime);
  watch.look();
  near(6, 120);
  watch.look();
  uptime += 9 * MINUTE;
  watch.look();
  uptime += MINUTE;
  watch.look();
  uptime += 6 * MINUTE;
  watch.look();
  watch.look();
  const wrong =
    "error: This server's clock looks about 120 s behind: the codes of 6 users were refused in the last 15 minutes and would have been right then. Compare it with a clock that you trust, and keep it in step by NTP.";
  expect(said).toEqual([wrong, wrong, "info: Users' codes fit this server's clock again"]);
});
