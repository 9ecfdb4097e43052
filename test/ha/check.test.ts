/** The checker of a trial sees each thing that it is there for: one small true history, and every way of spoiling it. */
import { describe, expect, test } from 'vitest';
import { type Evidence, violations } from './check.ts';
import { type ClientState, type Entry, type LoggedEvent, longestGap } from './ledger.ts';

/** Enrolled; step 7 sent to two nodes at once; a wrong code; step 8 without an answer, and again; then 503. */
const ENTRIES: readonly Entry[] = [
  asked('load-1', 'enrol', null, 0, { ended: 10, status: 201, reason: null, valid: null }),
  asked('load-2', 'right', 7, 20, { ended: 30, status: 200, reason: null, valid: true }),
  asked('load-3', 'right', 7, 20, { ended: 31, status: 200, reason: 'invalid_code', valid: false }),
  asked('load-4', 'wrong', null, 40, { ended: 50, status: 200, reason: 'invalid_code', valid: false }),
  asked('load-5', 'right', 8, 60, null),
  asked('load-6', 'right', 8, 80, { ended: 90, status: 200, reason: 'invalid_code', valid: false }),
  asked('load-7', 'wrong', null, 100, {
    ended: 110,
    status: 503,
    reason: 'store_unavailable',
    valid: null,
  }),
];
const EVENTS: readonly LoggedEvent[] = [
  { ...line(1, null), event: 'account.registered', clientId: null },
  { ...line(2, 'load-1'), event: 'client.registered' },
  line(3, 'load-2'),
  line(4, 'load-3', 'code_already_used'),
  line(5, 'load-4', 'invalid_code'),
  line(6, 'load-5'),
  line(7, 'load-6', 'code_already_used'),
];
const CLIENTS: readonly ClientState[] = [{ clientId: 'c', watermark: 8, failures: 1 }];
const TRUE: Evidence = { entries: ENTRIES, events: EVENTS, clients: CLIENTS };

test('a true history has nothing wrong', () => {
  expect(violations(TRUE)).toEqual([]);
});

test('what got no answer, or 503, may be in the log or not', () => {
  const events = [...EVENTS, line(8, 'load-7', 'invalid_code')];
  expect(violations({ ...TRUE, events, clients: [{ clientId: 'c', watermark: 8, failures: 2 }] })).toEqual(
    [],
  );
});

describe('the checker finds', () => {
  test('an acknowledged acceptance that is lost', () => {
    expect(violations({ ...TRUE, events: without('load-2') }).join()).toContain(
      'load-2 (right c, answered 200) is not in the log',
    );
  });

  test('an acknowledged failure that is lost', () => {
    expect(violations({ ...TRUE, events: without('load-4') }).join()).toContain(
      'load-4 (wrong c, answered 200',
    );
  });

  test('an acknowledged enrolment that is lost', () => {
    expect(violations({ ...TRUE, events: without('load-1') }).join()).toContain('load-1 (enrol c');
  });

  test('a step that was accepted twice, also when no caller saw the first time', () => {
    const entries = changing('load-6', { answer: { ended: 90, status: 200, reason: null, valid: true } });
    const events = EVENTS.map((event) => (event.userAgent === 'load-6' ? line(7, 'load-6') : event));
    expect(violations({ ...TRUE, entries, events })).toContain(
      'step 8 of c was accepted twice: load-5 and load-6',
    );
  });

  test('a wrong code that was accepted', () => {
    const entries = changing('load-4', { answer: { ended: 50, status: 200, reason: null, valid: true } });
    const events = EVENTS.map((event) => (event.userAgent === 'load-4' ? line(5, 'load-4') : event));
    expect(violations({ ...TRUE, entries, events })).toContain('load-4 was accepted with a wrong code of c');
  });

  test('an answer that is not what was logged', () => {
    const entries = changing('load-3', {
      answer: { ended: 31, status: 200, reason: 'locked', valid: false },
    });
    expect(violations({ ...TRUE, entries }).join()).toContain('and not «totp.validated c failure locked»');
  });

  test('a change of which the caller was informed that nothing was changed', () => {
    const events = [...EVENTS, line(8, 'load-7', 'invalid_code')];
    const entries = changing('load-7', {
      answer: { ended: 110, status: 503, reason: 'store_unavailable', valid: null, nothingChanged: true },
    });
    expect(violations({ ...TRUE, entries, events }).join()).toContain('said that nothing was changed');
  });

  test('an event that is there twice', () => {
    const events = [...EVENTS, line(8, 'load-4', 'invalid_code')];
    expect(violations({ ...TRUE, events }).join()).toContain('is in the log 2 times');
  });

  test('an event that no one asked for', () => {
    const events = [...EVENTS, line(8, 'load-99', 'locked')];
    expect(violations({ ...TRUE, events })).toEqual(['load-99 is in the log, and no one asked it']);
  });

  test('a gap in the numbers', () => {
    const events = EVENTS.map((event) => (event.id === 7 ? { ...event, id: 8 } : event));
    expect(violations({ ...TRUE, events })).toEqual(['the log has number 8 in the place of 7']);
  });

  test('an order that is not that of the answers', () => {
    const [registered, enrolled, ...others] = EVENTS as [LoggedEvent, LoggedEvent, ...LoggedEvent[]];
    const events = [registered, enrolled, ...others.toReversed()].map((event, at) => ({
      ...event,
      id: at + 1,
    }));
    expect(violations({ ...TRUE, events }).join()).toContain('and comes after it in the log');
  });

  test('a watermark, or failures, that went back', () => {
    for (const changed of [{ watermark: 7 }, { failures: 0 }]) {
      const clients = CLIENTS.map((client) => ({ ...client, ...changed }));
      expect(violations({ ...TRUE, clients }).join()).toContain('in the database, and 8 and 1 by the log');
    }
  });

  test('a client that is gone', () => {
    expect(violations({ ...TRUE, clients: [] })).toEqual(['c was enrolled, and is not in the database']);
  });

  test('an answer of a kind that no one should get', () => {
    const entries = changing('load-4', {
      answer: { ended: 50, status: 500, reason: 'internal', valid: null },
    });
    expect(violations({ ...TRUE, entries }).join()).toContain('does not expect');
  });
});

test('the time without service is the longest without a write, the ends included', () => {
  expect(longestGap([], 0, 4_000)).toBe(4);
  expect(longestGap([900, 5_000, 1_000, 1_500], 500, 2_000)).toBe(0.5);
  expect(longestGap([600, 700, 1_900], 500, 2_000)).toBe(1.2);
});

function asked(
  id: string,
  ask: Entry['ask'],
  step: number | null,
  begun: number,
  answer: Entry['answer'],
): Entry {
  return { id, node: 0, ask, clientId: 'c', step, period: 30, begun, pending: false, answer };
}

function line(id: number, userAgent: string | null, reason: string | null = null): LoggedEvent {
  const outcome = reason === null ? 'success' : 'failure';
  return { id, event: 'totp.validated', outcome, reason, clientId: 'c', userAgent };
}

/** The log as it would be had the server never made this event. */
function without(userAgent: string): LoggedEvent[] {
  return EVENTS.filter((event) => event.userAgent !== userAgent).map((event, at) => ({
    ...event,
    id: at + 1,
  }));
}

function changing(id: string, changed: Partial<Entry>): Entry[] {
  return ENTRIES.map((entry) => (entry.id === id ? { ...entry, ...changed } : entry));
}
