import { hotp, matchingStep, stepAt, stepStart, windowAround } from '@kanda/otp';
import { POLICY_BOUNDS, type Policy } from '../policy.ts';
import { advance, type Match, type Method, type MovingFactor } from './method.ts';

const USED: Match = { kind: 'used' };
const WRONG: Match = { kind: 'wrong' };
const CLOCK_AHEAD: Match = { kind: 'clock_ahead' };

/** How far a drift is followed, steps: five minutes at 30 seconds a step. */
export const MAX_FOLLOWED_DRIFT = 10;

/** How far around the clock the code of a refusal is looked for, steps: five minutes at 30 seconds a step. */
const NEAR_STEPS = 10;

/** How far a resynchronisation looks for a clock, steps to each side. */
export const RESYNC_STEPS = 20;

/** By how many steps any window can lie behind the clock, or before it. */
export const FARTHEST_STEP = POLICY_BOUNDS.confirmSkew.most + RESYNC_STEPS;

/**
 * RFC 6238. A step is accepted once, and the window is `skew` steps to each side (§5.2). Of several steps that show
 * the same code the highest is consumed, which leaves the fewest to replay. A policy that follows drift (§6) has a
 * second window around the step that the authenticator's clock should show; the first stays, for a clock that was put
 * right.
 */
export const totp: Method = {
  match(factor, authenticator, code, now, policy) {
    const { key, parameters } = authenticator;
    const current = stepAt(now, parameters.period);
    const step = matchingStep(key, code, this.window(factor, authenticator, now, policy), parameters.digits);
    if (factor.watermark > topOfWindow(current, factor.drift)) return CLOCK_AHEAD;
    if (step === null) return WRONG;
    if (step <= factor.watermark || factor.burnt.includes(step)) return USED;
    const drift = policy.followDrift ? followed(factor.drift, step - current) : factor.drift;
    return { kind: 'accepted', factor: step, next: advance(factor, step, drift) };
  },

  window({ drift }, { parameters }, now, { skew, followDrift }) {
    const current = stepAt(now, parameters.period);
    const around = windowAround(current, skew);
    if (!followDrift || drift === 0) return around;
    const both = new Set([...around, ...windowAround(Math.max(0, current + drift), skew)]);
    return [...both].sort((one, other) => other - one);
  },

  near(factor, authenticator, code, now, policy) {
    const { key, parameters } = authenticator;
    const current = stepAt(now, parameters.period);
    const taken = this.window(factor, authenticator, now, policy);
    let nearest = 0;
    for (const step of windowAround(current, NEAR_STEPS)) {
      if (taken.includes(step)) continue;
      const isShown = hotp(key, step, parameters.digits) === code;
      // One that was accepted before is a code sent again: it says nothing of a clock.
      const isUnused = step > factor.watermark && !factor.burnt.includes(step);
      const away = step - current;
      const isNearer = nearest === 0 || Math.abs(away) < Math.abs(nearest);
      if (isShown && isUnused && isNearer) nearest = away;
    }
    return nearest;
  },
};

/** The drift after a code that was `observed` steps ahead: one step nearer to it, within bounds. */
function followed(drift: number, observed: number): number {
  return withinFollowed(drift + Math.sign(observed - drift));
}

/** A drift as far as it is followed, steps. */
export function withinFollowed(drift: number): number {
  return Math.max(-MAX_FOLLOWED_DRIFT, Math.min(MAX_FOLLOWED_DRIFT, drift));
}

/**
 * The last step that the widest window of any policy reaches, when a code is checked or an authenticator confirmed: a
 * restore burns up to here (`raiseWatermarks`).
 */
function topOfWindow(step: number, drift: number): number {
  return step + POLICY_BOUNDS.skew.most + Math.max(0, drift);
}

/**
 * When a code is accepted again, in ms since the epoch, if this server's clock was ahead when one was accepted; null
 * where the watermark is within what a right clock can have left.
 *
 * @param period seconds
 */
export function clockAheadUntil(
  { watermark, drift }: Pick<MovingFactor, 'watermark' | 'drift'>,
  period: number,
  now: number,
  policy: Policy,
): number | null {
  if (period === 0 || watermark <= topOfWindow(stepAt(now, period), drift)) return null;
  return stepStart(watermark + 1 - policy.skew, period);
}

/**
 * How far the step of an accepted code may lie from the clock's, by the call that accepted it. Each may have been by a
 * drift that was followed then: the policy, and what was known of the clock, may be others now.
 */
const REACH = {
  validated: MAX_FOLLOWED_DRIFT + POLICY_BOUNDS.skew.most,
  confirmed: MAX_FOLLOWED_DRIFT + POLICY_BOUNDS.confirmSkew.most,
  // The first of its two codes is one step before the drift that is kept.
  resynced: MAX_FOLLOWED_DRIFT + 1,
} as const;

/** How many steps ahead of the clock a code can be accepted, by any call and under any policy. */
export const HIGHEST_ACCEPTED = Math.max(...Object.values(REACH));

/** An accepted code by the log. */
export interface Acceptance {
  /** ms since the epoch. */
  readonly at: number;
  readonly how: keyof typeof REACH;
}

/**
 * Brings a watermark down that a clock left ahead, and never up. What any window up to `now` (ms) reaches stays burnt,
 * and so does each step that may have been accepted at one of `accepted`: no code that could have been accepted is
 * accepted again.
 *
 * @param period seconds
 * @param accepted those ahead of `now`, and those before it whose windows may have reached beyond today's
 * @param floor the highest step that may have been used where `accepted` knows nothing of it: with the same secret before
 *   it was deleted, or before a restore
 */
export function resetClock(
  factor: MovingFactor,
  period: number,
  now: number,
  accepted: readonly Acceptance[],
  floor: number,
): MovingFactor {
  const watermark = Math.max(floor, topOfWindow(stepAt(now, period), factor.drift));
  if (factor.watermark <= watermark) return factor;
  const around = accepted
    .flatMap(({ at, how }) => windowAround(stepAt(at, period), REACH[how]))
    .filter((step) => step < factor.watermark);
  const burnt = new Set([...factor.burnt, ...around, factor.watermark].filter((step) => step > watermark));
  return { ...factor, watermark, burnt: [...burnt].sort((one, other) => one - other) };
}
