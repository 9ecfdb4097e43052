import { DAY_MS } from '../time.ts';
import type { Policy } from './policy.ts';

/** What a client's failures have added up to. Changed only through the functions below. */
export interface Lockout {
  /** Failures since the last success. */
  readonly failures: number;
  /** No attempt is evaluated before this time (ms since the epoch); 0: no delay. */
  readonly delayedUntil: number;
  /** Locked until unlock or rotation. */
  readonly locked: boolean;
  /** When the failures of the last 24 hours happened (ms since the epoch), in the order of counting. */
  readonly recentFailures: readonly number[];
}

export const NO_FAILURES: Lockout = { failures: 0, delayedUntil: 0, locked: false, recentFailures: [] };

/**
 * How long an attempt at `now` (ms) must wait: 0 when it may be evaluated, whole seconds (at least 1)
 * during a delay, `Infinity` when only `unlock` or `rotate` ends it.
 */
export function secondsLocked(lockout: Lockout, now: number): number {
  if (lockout.locked) return Number.POSITIVE_INFINITY;
  if (now >= lockout.delayedUntil) return 0;
  return Math.ceil((lockout.delayedUntil - now) / 1000);
}

/**
 * The lockout with no more delay ahead of `now` (ms) than its failures call for. More is left by a clock that ran
 * ahead and was put right, or by a policy whose delays were longer. The delay that is due then counts from the next
 * attempt on: it wins no guess, and it is never longer than the one that it was made of.
 */
export function withinPolicy(lockout: Lockout, now: number, policy: Policy): Lockout {
  const latest = now + delayAfter(lockout.failures, policy);
  return lockout.delayedUntil <= latest ? lockout : { ...lockout, delayedUntil: latest };
}

/** A client that is locked or in a delay. */
export interface Locked {
  /** What of its lockout the policy allows. */
  readonly lockout: Lockout;
  /** Whole seconds until an attempt is evaluated; absent: only `unlock` or `rotate` ends it. */
  readonly retryAfter?: number;
}

/** Whether an attempt at `now` (ms) is refused without a look at its code; null: it is evaluated. */
export function lockedAt(lockout: Lockout, now: number, policy: Policy): Locked | null {
  const standing = withinPolicy(lockout, now, policy);
  const wait = secondsLocked(standing, now);
  if (wait === 0) return null;
  return Number.isFinite(wait) ? { lockout: standing, retryAfter: wait } : { lockout: standing };
}

/** The delay in ms that follows the `failures`-th consecutive failure. */
export function delayAfter(failures: number, policy: Policy): number {
  const doublings = failures - policy.freeFailures;
  if (doublings < 0) return 0;
  return Math.min(policy.firstDelayMs * 2 ** doublings, policy.maxDelayMs);
}

/** The lockout after one more evaluated failure at `now` (ms). */
export function afterFailure(lockout: Lockout, now: number, policy: Policy): Lockout {
  const failures = lockout.failures + 1;
  const recentFailures = [...recent(lockout.recentFailures, now), now];
  const delay = delayAfter(failures, policy);
  return {
    failures,
    delayedUntil: delay === 0 ? 0 : now + delay,
    locked: failures >= policy.consecutiveFailures || recentFailures.length >= policy.dailyFailures,
    recentFailures,
  };
}

/** The lockout after a success at `now` (ms): the day's failures stay counted, the run of failures ends. */
export function afterSuccess(lockout: Lockout, now: number): Lockout {
  if (lockout.failures === 0 && lockout.recentFailures.length === 0) return lockout;
  return { failures: 0, delayedUntil: 0, locked: false, recentFailures: recent(lockout.recentFailures, now) };
}

/**
 * The failures that are still younger than 24 hours. One that seems to lie in the future (the clock stepped back) is
 * one of now: forgetting it would hand out guesses, and as it was it would count for longer than a day.
 */
function recent(times: readonly number[], now: number): readonly number[] {
  return times.filter((time) => time > now - DAY_MS).map((time) => Math.min(time, now));
}
