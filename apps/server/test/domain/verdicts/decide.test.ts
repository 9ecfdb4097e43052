import { ALGORITHMS, createHotpKey, hotp, type TotpParameters } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import type { Verdict } from '../../../src/domain/verdicts/decide.ts';
import { type Lockout, NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import {
  type AuthenticatorState,
  attempt,
  codeOf,
  ENDS_THAT_COLLIDE,
  FRESH,
  NEIGHBOURS_THAT_COLLIDE,
  timeOf,
  wrongCode,
} from './attempts.ts';

/** An ordinary step: the steps around it all show different codes. */
const T = 58_500_000;
const NOW = timeOf(T);
const WRONG = wrongCode(NOW);
const SECOND = 1000;

const VALID: Verdict = { valid: true };
const INVALID: Verdict = { valid: false, reason: 'invalid_code' };
const LOCKED: Verdict = { valid: false, reason: 'locked' };
const DISABLED: Verdict = { valid: false, reason: 'disabled' };

function used(watermark: number): AuthenticatorState {
  return { ...FRESH, watermark };
}

function failed(lockout: Partial<Lockout>): AuthenticatorState {
  return { ...FRESH, lockout: { ...NO_FAILURES, ...lockout } };
}

const fiveAt = (time: number): readonly number[] => [time, time, time, time, time];
const DELAYED = failed({ failures: 5, delayedUntil: NOW + 30 * SECOND, recentFailures: fiveAt(NOW) });
const WAITED = failed({ failures: 5, delayedUntil: NOW, recentFailures: fiveAt(NOW - 30 * SECOND) });
const UNTIL_UNLOCKED = failed({ failures: 2, locked: true, recentFailures: [NOW] });
const SWITCHED_OFF: AuthenticatorState = { ...FRESH, disabled: true };

interface Row {
  readonly sentence: string;
  readonly state: AuthenticatorState;
  readonly code: number;
  readonly now: number;
  readonly verdict: Verdict;
  /** The reason in the log; null: a success. */
  readonly logged: string | null;
  /** The watermark afterwards, where it moves. */
  readonly consumed?: number;
}

describe('the steps around now', () => {
  const rows: Row[] = [
    row('the code of the current step is accepted', FRESH, codeOf(T), NOW, T),
    row('the code of the previous step is accepted', FRESH, codeOf(T - 1), NOW, T - 1),
    row('the code of the next step is accepted', FRESH, codeOf(T + 1), NOW, T + 1),
    row('a code is accepted in the first millisecond of its window', FRESH, codeOf(T), timeOf(T - 1), T),
    row('a code is accepted in the last millisecond of its window', FRESH, codeOf(T), timeOf(T + 2) - 1, T),
    row('the very first step can be accepted', FRESH, codeOf(0), 0, 0),
    wrong('a code is refused a millisecond before its window', FRESH, codeOf(T), timeOf(T - 1) - 1),
    wrong('a code is refused once its window has passed', FRESH, codeOf(T), timeOf(T + 2)),
    wrong('a code that no step shows is refused', FRESH, WRONG, NOW),
  ];
  it.each(rows)('$sentence', check);

  it.each([0, 1, 2, 3])('a skew of %i accepts that many steps to each side and no more', (skew) => {
    const policy = { ...DEFAULT_POLICY, skew };
    const accepted = [-4, -3, -2, -1, 0, 1, 2, 3, 4].filter(
      (offset) => attempt(FRESH, codeOf(T + offset), NOW, policy).verdict.valid,
    );
    expect(accepted).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4].filter((offset) => Math.abs(offset) <= skew));
  });

  const enrolments = ALGORITHMS.flatMap((algorithm) =>
    ([6, 8] as const).flatMap((digits) =>
      [15, 30, 60, 300].map((period): TotpParameters => ({ algorithm, digits, period })),
    ),
  );
  it.each(enrolments)('judges by the enrolled $algorithm, $digits digits, $period s', (parameters) => {
    const key = createHotpKey(new Uint8Array(20).fill(7), parameters.algorithm);
    const step = Math.floor(NOW / (parameters.period * SECOND));
    const code = hotp(key, step, parameters.digits);
    const decision = attempt(FRESH, code, NOW, DEFAULT_POLICY, parameters, key);
    expect(decision.verdict).toEqual(VALID);
    expect(decision.next.watermark).toBe(step);
  });
});

describe('a step is accepted once (RFC 6238 §5.2)', () => {
  const rows: Row[] = [
    replay('a code accepted once is refused at once', used(T), codeOf(T), NOW),
    replay('a code accepted once is refused in the next step', used(T), codeOf(T), timeOf(T + 1)),
    replay(
      'a code accepted early is refused in the step it belongs to',
      used(T + 1),
      codeOf(T + 1),
      timeOf(T + 1),
    ),
    replay(
      'a code accepted early is refused in the last step of its window',
      used(T + 1),
      codeOf(T + 1),
      timeOf(T + 2),
    ),
    wrong('a used code outside of its window is only a wrong code', used(T), codeOf(T), timeOf(T + 2)),
    wrong('a wrong code stays wrong after a success', used(T), WRONG, NOW),
    replay('after step T + 1 the code of step T is refused', used(T + 1), codeOf(T), NOW),
    replay('after step T the code of step T - 1 is refused', used(T), codeOf(T - 1), NOW),
    row('after step T the code of step T + 1 is accepted', used(T), codeOf(T + 1), NOW, T + 1),
    row('after step T - 1 the code of step T is accepted', used(T - 1), codeOf(T), NOW, T),
    replay('the clock steps back a little, and used codes are refused', used(T + 2), codeOf(T), NOW),
    wrong('the clock steps back a little, and wrong codes stay wrong', used(T + 2), WRONG, NOW),
    ahead('beyond any window no code is accepted, nor held against the user', used(T + 3), codeOf(T), NOW),
    ahead('beyond any window a wrong code is not held against the user', used(T + 1000), WRONG, NOW),
    replay('a burnt step is refused', { ...FRESH, burnt: [T, T + 1] }, codeOf(T), NOW),
    row('a step beside a burnt one is accepted', { ...FRESH, burnt: [T + 1] }, codeOf(T), NOW, T),
  ];
  it.each(rows)('$sentence', check);

  it('a caller cannot tell a replay from a wrong code', () => {
    const replayed = attempt(used(T), codeOf(T), NOW);
    const mistyped = attempt(used(T), WRONG, NOW);
    expect(replayed.verdict).toEqual(mistyped.verdict);
    expect(replayed.next).toEqual(mistyped.next);
    expect(replayed.record).not.toEqual(mistyped.record);
  });

  describe('under a policy that tells replays', () => {
    const policy = { ...DEFAULT_POLICY, tellReplays: true };

    it('a used code reads code_already_used, and counts as before', () => {
      const { verdict, nearSeconds, ...told } = attempt(used(T), codeOf(T), NOW, policy);
      expect(verdict).toEqual({ valid: false, reason: 'code_already_used' });
      expect(attempt(used(T), codeOf(T), NOW)).toMatchObject(told);
    });

    it.each([
      ['a wrong code', used(T), WRONG],
      ['a used code outside of its window', used(T - 2), codeOf(T - 2)],
    ])('%s reads invalid_code', (_, state, code) => {
      expect(attempt(state, code, NOW, policy).verdict).toEqual(INVALID);
    });

    it('a used code during a delay reads locked', () => {
      const state = { ...DELAYED, watermark: T };
      expect(attempt(state, codeOf(T), NOW, policy).verdict).toEqual({ ...LOCKED, retryAfter: 30 });
    });
  });

  it('replays lead to the same delay as wrong codes', () => {
    let state = used(T);
    for (let count = 0; count < 5; count++) state = attempt(state, codeOf(T), NOW).next;
    expect(attempt(state, codeOf(T), NOW).verdict).toEqual({ ...LOCKED, retryAfter: 30 });
  });
});

describe.each([
  ...NEIGHBOURS_THAT_COLLIDE.map((lower) => ({ lower, upper: lower + 1 })),
  ...ENDS_THAT_COLLIDE.map((lower) => ({ lower, upper: lower + 2 })),
])('steps $lower and $upper show the same code', ({ lower, upper }) => {
  const code = codeOf(upper);
  const during = timeOf(upper - 1);

  it('is so', () => {
    expect(codeOf(lower)).toBe(code);
  });

  it('the higher step is consumed', () => {
    check(row('', FRESH, code, during, upper));
  });

  it('the code is then refused in every step of both windows', () => {
    const state = attempt(FRESH, code, during).next;
    for (let step = lower - 1; step <= upper + 1; step++) {
      const reason = upper > step + 2 ? 'clock_ahead' : 'code_already_used';
      expect(attempt(state, code, timeOf(step)).record.reason).toBe(reason);
    }
  });

  it('the lower step, accepted before the higher came near, leaves the higher to be accepted once', () => {
    const early = attempt(FRESH, code, timeOf(lower - 1));
    expect(early.next.watermark).toBe(lower);
    check(row('', early.next, code, during, upper));
  });
});

describe('delays', () => {
  const wait = (seconds: number): Verdict => ({ ...LOCKED, retryAfter: seconds });
  const rows: Row[] = [
    ignored('the right code is not accepted', DELAYED, codeOf(T), NOW, wait(30)),
    ignored('a wrong code is not counted', DELAYED, WRONG, NOW, wait(30)),
    ignored('the last millisecond is waited for', DELAYED, codeOf(T), NOW + 30 * SECOND - 1, wait(1)),
    row('the right code is accepted in the very millisecond it ends', WAITED, codeOf(T), NOW, T),
    wrong('a wrong code is evaluated again when it has ended', WAITED, WRONG, NOW),
  ];
  it.each(rows)('during a delay, $sentence', check);

  it('after a clock that stepped back the wait begins anew, and is no longer', () => {
    const tried = attempt(DELAYED, codeOf(T), NOW - 5 * SECOND);
    expect(tried).toMatchObject({ opened: 0, verdict: wait(30) });
    expect(tried.next.lockout).toEqual({ ...DELAYED.lockout, delayedUntil: NOW + 25 * SECOND });
  });

  describe('that a clock left behind which ran a year ahead', () => {
    const HOUR = 3600 * SECOND;
    const stranded = failed({ failures: 12, delayedUntil: NOW + 365 * DAY_MS });
    const first = attempt(stranded, codeOf(T), NOW);

    it('win no one a guess: the first attempt waits for the delay that is due', () => {
      expect(first).toMatchObject({ opened: 0, verdict: wait(3600), record: { reason: 'locked' } });
      expect(first.next).toEqual({
        ...stranded,
        lockout: { ...stranded.lockout, delayedUntil: NOW + HOUR },
      });
    });

    it('are over when that delay is, however often someone tried meanwhile', () => {
      let { next } = first;
      for (let minute = 1; minute < 60; minute++) {
        next = attempt(next, codeOf(T), NOW + minute * 60 * SECOND).next;
      }
      const then = NOW + HOUR;
      expect(attempt(next, codeOf(T), then - 1)).toMatchObject({ opened: 0, verdict: wait(1) });
      expect(attempt(next, codeOf(T + 120), then).verdict).toEqual(VALID);
      expect(attempt(next, wrongCode(then), then).next.lockout).toMatchObject({ failures: 13 });
    });
  });

  it('a success ends the run of failures, not the day', () => {
    expect(attempt(WAITED, codeOf(T), NOW).next.lockout).toEqual({
      ...NO_FAILURES,
      recentFailures: fiveAt(NOW - 30 * SECOND),
    });
  });
});

describe('locks', () => {
  const oneFromDay = failed({ failures: 1, recentFailures: Array<number>(49).fill(NOW - DAY_MS + 1) });
  const dayBefore = failed({ failures: 1, recentFailures: Array<number>(49).fill(NOW - DAY_MS) });
  const oneFromRun = failed({ failures: 99 });

  const rows: Row[] = [
    ignored('a locked client has no code accepted and gets no time', UNTIL_UNLOCKED, codeOf(T), NOW, LOCKED),
    ignored(
      'a locked client is still locked a century later',
      UNTIL_UNLOCKED,
      codeOf(T),
      NOW + 36_525 * DAY_MS,
      LOCKED,
    ),
    ignored('a disabled client has no code accepted', SWITCHED_OFF, codeOf(T), NOW, DISABLED),
    ignored(
      'a client both locked and disabled reads disabled',
      { ...UNTIL_UNLOCKED, disabled: true },
      codeOf(T),
      NOW,
      DISABLED,
    ),
    row('49 failures within a day do not lock', oneFromDay, codeOf(T), NOW, T),
    row('99 failures in a row do not lock', oneFromRun, codeOf(T), NOW, T),
  ];
  it.each(rows)('$sentence', check);

  it.each([
    { sentence: 'the fiftieth failure within a day locks', state: oneFromDay, locks: true },
    { sentence: 'a failure 24 hours old no longer counts', state: dayBefore, locks: false },
    { sentence: 'the hundredth failure in a row locks', state: oneFromRun, locks: true },
    { sentence: 'a fifth failure delays and does not lock', state: failed({ failures: 4 }), locks: false },
  ])('$sentence', ({ state, locks }) => {
    const failure = attempt(state, WRONG, NOW);
    expect(failure.lockedNow).toBe(locks);
    expect(failure.next.lockout.locked).toBe(locks);
    expect(failure.verdict).toEqual(INVALID);
  });

  it('with one attempt left, 200 guesses at once are one guess', () => {
    let state: AuthenticatorState = oneFromDay;
    let opened = 0;
    let announced = 0;
    for (let guess = 0; guess < 200; guess++) {
      const tried = attempt(state, WRONG + guess, NOW);
      opened += tried.opened;
      announced += tried.lockedNow ? 1 : 0;
      state = tried.next;
    }
    expect({ opened, announced }).toEqual({ opened: 1, announced: 1 });
  });
});

function row(sentence: string, state: AuthenticatorState, code: number, now: number, consumed: number): Row {
  return { sentence, state, code, now, verdict: VALID, logged: null, consumed };
}

function wrong(sentence: string, state: AuthenticatorState, code: number, now: number): Row {
  return { sentence, state, code, now, verdict: INVALID, logged: 'invalid_code' };
}

function replay(sentence: string, state: AuthenticatorState, code: number, now: number): Row {
  return { sentence, state, code, now, verdict: INVALID, logged: 'code_already_used' };
}

/** Nothing can be accepted, since a clock was ahead. */
function ahead(sentence: string, state: AuthenticatorState, code: number, now: number): Row {
  return { sentence, state, code, now, verdict: INVALID, logged: 'clock_ahead' };
}

/** An attempt that is not evaluated. */
function ignored(
  sentence: string,
  state: AuthenticatorState,
  code: number,
  now: number,
  verdict: Verdict,
): Row {
  return { sentence, state, code, now, verdict, logged: verdict.valid ? null : verdict.reason };
}

function check({ state, code, now, verdict, logged, consumed }: Row): void {
  const tried = attempt(state, code, now);
  expect(tried.verdict).toEqual(verdict);
  expect(tried.record).toEqual({ outcome: logged === null ? 'success' : 'failure', reason: logged });

  const evaluated = logged !== 'locked' && logged !== 'disabled';
  expect(tried.opened, 'how often the secret is opened').toBe(evaluated ? 1 : 0);
  if (!evaluated || logged === 'clock_ahead') {
    expect(tried.next).toEqual(state);
    return;
  }

  const { failures, recentFailures } = tried.next.lockout;
  expect(tried.next.watermark).toBe(consumed ?? state.watermark);
  expect(tried.next.disabled).toBe(false);
  expect(failures).toBe(consumed === undefined ? state.lockout.failures + 1 : 0);
  expect(recentFailures).toEqual([...state.lockout.recentFailures, ...(consumed === undefined ? [now] : [])]);
}
