import { matchingStep, stepAt, stepStart, windowAround } from '@kanda/otp';
import { POLICY_BOUNDS, type Policy } from '../policy.ts';
import type { Match, Method, MovingFactor } from './method.ts';

const USED: Match = { kind: 'used' };
const WRONG: Match = { kind: 'wrong' };
const CLOCK_AHEAD: Match = { kind: 'clock_ahead' };

/**
 * RFC 6238. A step is accepted once, and the window is `skew` steps to each side (§5.2). Of several steps that show
 * the same code the highest is consumed, which leaves the fewest to replay.
 */
export const totp: Method = {
  match(factor, { key, parameters }, code, now, policy) {
    const current = stepAt(now, parameters.period);
    const step = matchingStep(key, code, windowAround(current, policy.skew), parameters.digits);
    if (factor.watermark > topOfWindow(current)) return CLOCK_AHEAD;
    if (step === null) return WRONG;
    if (step <= factor.watermark || factor.burnt.includes(step)) return USED;
    const burnt = factor.burnt.length === 0 ? factor.burnt : factor.burnt.filter((other) => other > step);
    return { kind: 'accepted', next: { watermark: step, burnt } };
  },
};

/** The last step that the widest window of any policy reaches: a restore burns up to here (`raiseWatermarks`). */
function topOfWindow(step: number): number {
  return step + POLICY_BOUNDS.skew.most;
}

/**
 * When a code is accepted again, in ms since the epoch, if this server's clock was ahead when one was accepted; null
 * where the watermark is within what a right clock can have left.
 *
 * @param period seconds
 */
export function clockAheadUntil(
  watermark: number,
  period: number,
  now: number,
  policy: Policy,
): number | null {
  if (watermark <= topOfWindow(stepAt(now, period))) return null;
  return stepStart(watermark + 1 - policy.skew, period);
}

/**
 * Brings a watermark down that a clock left ahead, and never up. What any window up to `now` (ms) reaches stays burnt,
 * and so does each step that may have been accepted at one of `acceptedAt` (ms), times of acceptance by the log that
 * lie ahead of `now`: no code that could have been accepted is accepted again.
 *
 * @param period seconds
 */
export function resetClock(
  factor: MovingFactor,
  period: number,
  now: number,
  acceptedAt: readonly number[],
): MovingFactor {
  const watermark = Math.min(factor.watermark, topOfWindow(stepAt(now, period)));
  const around = acceptedAt.flatMap((at) => windowAround(stepAt(at, period), POLICY_BOUNDS.skew.most));
  const burnt = new Set([...factor.burnt, ...around, factor.watermark].filter((step) => step > watermark));
  return { watermark, burnt: [...burnt].sort((one, other) => one - other) };
}
