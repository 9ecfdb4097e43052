/** The model of a client, held against histories that one server could have made, and against ones that it could not. */
import { describe, expect, test } from 'vitest';
import { historyViolations } from './history.ts';
import type { Answered, Entry, Read, Seen } from './ledger.ts';

/** The step of 300 s at this caller's time 0; all histories here are within its window. */
const PERIOD = 300;
const NOW = stepAt(0);
/** The step of 10 s of a clock that is as far behind as may be. */
const EARLY = Math.floor((performance.timeOrigin - 17_000) / 10_000);
const ACCEPTED = { status: 200, valid: true, reason: null };
const WRONG = { status: 200, valid: false, reason: 'invalid_code' };
const LOCKED = { status: 200, valid: false, reason: 'locked' };
const ENROLLED = { status: 201, valid: null, reason: null };
const EXISTS = { status: 409, valid: null, reason: 'client_exists' };
const UNAVAILABLE = { status: 503, valid: null, reason: 'store_unavailable' };
const enrolled = entry('1', 'enrol', null, 0, 1, ENROLLED);
const once = [enrolled, entry('2', 'right', NOW, 2, 3, ACCEPTED)];

describe('one server could have made', () => {
  test.each<[string, Entry[], Read[]]>([
    ['nothing', [], []],
    ['a code that is accepted once, sent to two nodes', [...once, entry('3', 'right', NOW, 2, 3, WRONG)], []],
    [
      'a code that is accepted after an older one',
      [...once, entry('3', 'right', NOW + 1, 4, 5, ACCEPTED)],
      [],
    ],
    [
      'reads before, beside and after an acceptance',
      once,
      [
        client(0, false, 1, 2),
        client(0, true, 2, 3),
        client(0, false, 2, 3),
        client(0, true, 4, 5),
        log(['1'], 2, 3),
        log(['1', '2'], 4, 5),
      ],
    ],
    [
      'an acceptance without an answer that shows later',
      [enrolled, entry('2', 'right', NOW, 2, 3, null)],
      [client(0, false, 4, 5), client(0, true, 6, 7)],
    ],
    [
      'a 503 that never comes to be',
      [enrolled, entry('2', 'right', NOW, 2, 3, UNAVAILABLE)],
      [log(['1'], 50, 51)],
    ],
    [
      'an enrolment that was lost on the way, asked for again',
      [entry('1', 'enrol', null, 0, 1, null), entry('2', 'enrol', null, 2, 3, EXISTS)],
      [log(['1', '2'], 4, 5)],
    ],
    [
      'a code refused because the lost one before it was accepted',
      [enrolled, entry('2', 'right', NOW, 2, 3, null), entry('3', 'right', NOW, 4, 5, WRONG)],
      [log(['1', '2', '3'], 6, 7)],
    ],
    [
      'a delay after five wrong codes',
      [enrolled, ...wrongCodes(5), entry('9', 'right', NOW, 20, 21, LOCKED)],
      [client(5, false, 30, 31)],
    ],
    ['a code that is late for some clocks', [enrolled, entry('2', 'right', NOW - 2, 2, 3, WRONG)], []],
    [
      'a code accepted by a clock that is ahead, after which one that is behind counts nothing',
      [
        enrolled,
        { ...entry('2', 'ahead', EARLY + 3, 2, 3, ACCEPTED), period: 10 },
        { ...entry('3', 'wrong', null, 4, 5, WRONG), period: 10 },
      ],
      [client(0, true, 6, 7)],
    ],
    ['the newest part of a log', once, [log(['2'], 4, 5, false)]],
  ])('%s', (_, entries, reads) => {
    expect(historyViolations(entries, reads, isLogged)).toEqual([]);
  });
});

describe('no server with one clock could have made', () => {
  test.each<[string, Entry[], Read[]]>([
    ['a code that is accepted twice', [...once, entry('3', 'right', NOW, 2, 3, ACCEPTED)], []],
    [
      'an older code that is accepted after a newer one',
      [...once, entry('3', 'right', NOW - 1, 4, 5, ACCEPTED)],
      [],
    ],
    ['a wrong code that is accepted', [enrolled, entry('2', 'wrong', null, 2, 3, ACCEPTED)], []],
    ['a right code, on time and new, that is wrong', [enrolled, entry('2', 'right', NOW, 2, 3, WRONG)], []],
    ['a code of a step that no clock shows', [enrolled, entry('2', 'ahead', NOW + 3, 2, 3, ACCEPTED)], []],
    ['a read that does not see what was acknowledged', once, [client(0, false, 4, 5)]],
    [
      'a read that sees what a later one does not',
      [enrolled, entry('2', 'right', NOW, 2, 3, null)],
      [client(0, true, 4, 5), client(0, false, 6, 7)],
    ],
    ['a failure that is lost', [enrolled, ...wrongCodes(2)], [client(1, false, 30, 31)]],
    ['an event that is gone', once, [log(['1', '2'], 4, 5), log(['1'], 6, 7)]],
    [
      'an event in front of one that was acknowledged before it',
      [...once, entry('3', 'wrong', null, 4, 5, WRONG)],
      [log(['1', '3', '2'], 6, 7)],
    ],
    ['an event that is there twice', once, [log(['1', '2', '2'], 4, 5)]],
    [
      'a delay before the fifth wrong code',
      [enrolled, ...wrongCodes(4), entry('9', 'right', NOW, 20, 21, LOCKED)],
      [],
    ],
    ['a second enrolment', [enrolled, entry('2', 'enrol', null, 2, 3, ENROLLED)], []],
    ['a client that is gone', once, [{ ...client(0, true, 4, 5), seen: { client: null } }]],
  ])('%s', (_, entries, reads) => {
    expect(historyViolations(entries, reads, isLogged)).toEqual([
      expect.stringContaining('no order of what was asked about c'),
    ]);
  });
});

test('of several clients the one is named', () => {
  const other = [...once, entry('3', 'right', NOW, 2, 3, ACCEPTED)].map((one) => ({ ...one, clientId: 'd' }));
  expect(historyViolations([...once, ...other], [], isLogged)).toEqual([
    expect.stringContaining('asked about d'),
  ]);
});

test('what has no known outcome and is in no log at the end was never done, so a read of it saw what was lost', () => {
  const entries = [enrolled, entry('2', 'right', NOW, 2, 3, null)];
  expect(historyViolations(entries, [client(0, true, 4, 5)], () => true)).toEqual([]);
  expect(historyViolations(entries, [client(0, true, 4, 5)], () => false)).toHaveLength(1);
});

test('hundreds of attempts while there is no service are judged at once', () => {
  const attempts = Array.from({ length: 400 }, (_, at) =>
    entry(`${at + 10}`, 'right', NOW, 4 + at, 5 + at, UNAVAILABLE),
  );
  const late = entry('999', 'right', NOW, 500, 501, WRONG);
  const happened = new Set(['load-17', 'load-300']);
  expect(
    historyViolations([enrolled, ...attempts, late], [client(2, true, 600, 601)], (id) => happened.has(id)),
  ).toEqual([]);
});

/** Whatever has no known outcome happened. */
function isLogged(): boolean {
  return true;
}

function stepAt(time: number): number {
  return Math.floor((performance.timeOrigin + time) / 1000 / PERIOD);
}

function entry(
  id: string,
  ask: Entry['ask'],
  step: number | null,
  begun: number,
  ended: number,
  answer: Omit<Answered, 'ended'> | null,
): Entry {
  const answered = answer === null ? null : { ended, ...answer };
  return {
    id: `load-${id}`,
    node: 0,
    ask,
    clientId: 'c',
    step,
    period: PERIOD,
    begun,
    pending: false,
    answer: answered,
  };
}

function wrongCodes(count: number): Entry[] {
  return Array.from({ length: count }, (_, at) =>
    entry(`${at + 3}`, 'wrong', null, 4 + 2 * at, 5 + 2 * at, WRONG),
  );
}

function read(seen: Seen, begun: number, ended: number): Read {
  return { id: 'load-read', node: 1, clientId: 'c', begun, ended, seen };
}

function client(failures: number, accepted: boolean, begun: number, ended: number): Read {
  return read({ client: { failures, accepted } }, begun, ended);
}

function log(ids: readonly string[], begun: number, ended: number, whole = true): Read {
  return read({ log: ids.map((id) => `load-${id}`), whole }, begun, ended);
}
