import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import {
  afterFailure,
  afterSuccess,
  delayAfter,
  type Lockout,
  NO_FAILURES,
  secondsLocked,
  withinPolicy,
} from '../../../src/domain/verdicts/lockout.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** The lockout after failures at these times. */
function failedAt(...times: number[]): Lockout {
  return times.reduce((lockout, time) => afterFailure(lockout, time, DEFAULT_POLICY), NO_FAILURES);
}

describe('the default policy', () => {
  it('is the one that the security promises are worked out from', () => {
    expect(DEFAULT_POLICY).toEqual({
      skew: 1,
      freeFailures: 5,
      firstDelayMs: 30 * SECOND,
      maxDelayMs: HOUR,
      dailyFailures: 50,
      consecutiveFailures: 100,
      tellReplays: false,
      confirmSkew: 2,
      maxAuthenticators: 5,
      lookAhead: 10,
      followDrift: false,
      trustedDevices: false,
    });
  });

  it('allows no more failures in a row than NIST SP 800-63B-4 §3.2.2 does', () => {
    expect(DEFAULT_POLICY.consecutiveFailures).toBeLessThanOrEqual(100);
  });
});

describe('the delay after a failure', () => {
  const schedule = [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600];

  it.each(schedule.map((seconds, index) => ({ failures: index + 1, seconds })))(
    'number $failures in a row is $seconds s',
    ({ failures, seconds }) => {
      expect(delayAfter(failures, DEFAULT_POLICY)).toBe(seconds * SECOND);
    },
  );

  it('stays at one hour up to the hundredth', () => {
    for (let failures = 12; failures <= 100; failures++) {
      expect(delayAfter(failures, DEFAULT_POLICY)).toBe(HOUR);
    }
  });

  it('runs from the failure', () => {
    expect(failedAt(NOW, NOW, NOW, NOW).delayedUntil).toBe(0);
    expect(failedAt(NOW, NOW, NOW, NOW, NOW + 7).delayedUntil).toBe(NOW + 7 + 30 * SECOND);
  });

  it('follows the policy that it is given', () => {
    const strict = { ...DEFAULT_POLICY, freeFailures: 1, firstDelayMs: 1000, maxDelayMs: 5000 };
    expect([1, 2, 3, 4, 5].map((failures) => delayAfter(failures, strict))).toEqual([
      1000, 2000, 4000, 5000, 5000,
    ]);
  });
});

describe('the wait in the answer', () => {
  const delayed: Lockout = { ...NO_FAILURES, failures: 5, delayedUntil: NOW };

  it.each([
    { left: 30_000, seconds: 30 },
    { left: 29_999, seconds: 30 },
    { left: 29_001, seconds: 30 },
    { left: 29_000, seconds: 29 },
    { left: 1_001, seconds: 2 },
    { left: 1_000, seconds: 1 },
    { left: 1, seconds: 1 },
    { left: 0, seconds: 0 },
    { left: -1, seconds: 0 },
  ])('with $left ms left is $seconds s', ({ left, seconds }) => {
    expect(secondsLocked(delayed, NOW - left)).toBe(seconds);
  });

  it('is exact: a caller who waits that long is evaluated, and one second less is not enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 * HOUR }), (left) => {
        const now = NOW - left;
        const seconds = secondsLocked(delayed, now);
        expect(secondsLocked(delayed, now + seconds * SECOND)).toBe(0);
        expect(secondsLocked(delayed, now + (seconds - 1) * SECOND)).toBeGreaterThan(0);
      }),
    );
  });

  it('has no end for a client that is locked until someone unlocks it', () => {
    const locked: Lockout = { ...delayed, locked: true };
    expect(secondsLocked(locked, NOW + 1000 * DAY_MS)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is none before the first failure', () => {
    expect(secondsLocked(NO_FAILURES, 0)).toBe(0);
    expect(secondsLocked(NO_FAILURES, NOW)).toBe(0);
  });
});

describe('the failures of a day', () => {
  it('are kept for 24 hours and not a millisecond longer', () => {
    expect(failedAt(NOW, NOW + DAY_MS - 1).recentFailures).toEqual([NOW, NOW + DAY_MS - 1]);
    expect(failedAt(NOW, NOW + DAY_MS).recentFailures).toEqual([NOW + DAY_MS]);
  });

  it('are not forgotten by a success', () => {
    const afterwards = afterSuccess(failedAt(NOW, NOW + 1), NOW + 2);
    expect(afterwards).toEqual({ ...NO_FAILURES, recentFailures: [NOW, NOW + 1] });
  });

  it('are dropped by a success once they are older', () => {
    expect(afterSuccess(failedAt(NOW, NOW + 1), NOW + DAY_MS).recentFailures).toEqual([NOW + 1]);
  });

  it('lock when they are fifty, a success after each of them or not', () => {
    let lockout = NO_FAILURES;
    for (let failure = 1; failure < 50; failure++) {
      lockout = afterSuccess(afterFailure(lockout, NOW + failure, DEFAULT_POLICY), NOW + failure);
    }
    expect(lockout.locked).toBe(false);
    expect(afterFailure(lockout, NOW + DAY_MS, DEFAULT_POLICY).locked).toBe(true);
    expect(afterFailure(lockout, NOW + DAY_MS + 1, DEFAULT_POLICY).locked).toBe(false);
  });

  it('a client that never fails keeps the state it has', () => {
    expect(afterSuccess(NO_FAILURES, NOW)).toBe(NO_FAILURES);
  });
});

describe('a clock that steps back', () => {
  it('forgets no failure', () => {
    expect(failedAt(NOW, NOW - 3 * DAY_MS).recentFailures).toHaveLength(2);
    // Each becomes one of now: it lasts a day from here, and not from a time that is still to come.
    expect(afterSuccess(failedAt(NOW), NOW - 3 * DAY_MS).recentFailures).toEqual([NOW - 3 * DAY_MS]);
  });

  it('does not shorten a delay', () => {
    const delayed = failedAt(NOW, NOW, NOW, NOW, NOW);
    expect(secondsLocked(delayed, NOW - 60 * SECOND)).toBe(90);
  });

  it('does not keep the failures after it beyond their 24 hours', () => {
    // One failure while the clock was a year ahead, and then one a month: never fifty a day.
    const times = Array.from({ length: 60 }, (_, month) => NOW + month * 30 * DAY_MS);
    let lockout = afterSuccess(afterFailure(NO_FAILURES, NOW + 10 * 365 * DAY_MS, DEFAULT_POLICY), NOW);
    for (const time of times) lockout = afterSuccess(afterFailure(lockout, time, DEFAULT_POLICY), time);
    expect(lockout.recentFailures).toHaveLength(1);
  });

  it('leaves exactly the failures that are not yet 24 hours old', () => {
    const times = fc.array(fc.integer({ min: NOW - 3 * DAY_MS, max: NOW + 3 * DAY_MS }), { maxLength: 40 });
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: NOW - 3 * DAY_MS, max: NOW + 3 * DAY_MS }),
        (recentFailures, now) => {
          const kept = afterSuccess({ ...NO_FAILURES, failures: 1, recentFailures }, now).recentFailures;
          expect(kept).toEqual(
            recentFailures.filter((time) => now - time < DAY_MS).map((time) => Math.min(time, now)),
          );
        },
      ),
    );
  });
});

describe('a delay that is longer than the policy has it', () => {
  const YEAR = 365 * DAY_MS;
  const leftBehind = (delayedUntil: number): Lockout => ({ ...NO_FAILURES, failures: 5, delayedUntil });

  it('as a clock leaves that ran years ahead, becomes the one that its failures call for, from now on', () => {
    const ahead = leftBehind(NOW + 10 * YEAR);
    expect(withinPolicy(ahead, NOW, DEFAULT_POLICY)).toEqual({ ...ahead, delayedUntil: NOW + 30 * SECOND });
  });

  it('as a policy leaves that had longer ones, becomes the longest delay of the new one', () => {
    const policy = { ...DEFAULT_POLICY, firstDelayMs: 5 * SECOND, maxDelayMs: 5 * SECOND };
    expect(withinPolicy(leftBehind(NOW + HOUR), NOW, policy).delayedUntil).toBe(NOW + 5 * SECOND);
  });

  it.each([0, NOW - YEAR, NOW, NOW + 1, NOW + 30 * SECOND])(
    'is none that ends at %d: it stays',
    (delayedUntil) => {
      const lockout = leftBehind(delayedUntil);
      expect(withinPolicy(lockout, NOW, DEFAULT_POLICY)).toBe(lockout);
    },
  );

  it('leaves a lock, the failures and the day as they are', () => {
    const lockout: Lockout = { failures: 12, delayedUntil: NOW + YEAR, locked: true, recentFailures: [NOW] };
    expect(withinPolicy(lockout, NOW, DEFAULT_POLICY)).toEqual({ ...lockout, delayedUntil: NOW + HOUR });
  });
});

describe('unlocking', () => {
  it('opens a locked client and gives it all its attempts back', () => {
    let lockout = failedAt(...Array<number>(50).fill(NOW));
    expect(secondsLocked(lockout, NOW)).toBe(Number.POSITIVE_INFINITY);
    lockout = NO_FAILURES;
    expect(secondsLocked(lockout, NOW)).toBe(0);
    expect(failedAt(NOW, NOW, NOW, NOW)).toMatchObject({ delayedUntil: 0, locked: false });
  });
});
