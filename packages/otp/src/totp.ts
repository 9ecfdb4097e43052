import { OtpError } from './error.ts';
import { formatCode, type HotpKey, hotp, keyAlgorithm } from './hotp.ts';
import {
  assertDigits,
  assertParameters,
  assertPeriod,
  type Digits,
  type TotpParameters,
} from './parameters.ts';

/**
 * The step that a moment lies in: T = floor(time / period) with T0 = 0 (RFC 6238 §4.2).
 *
 * @param timeMs whole milliseconds since 1970-01-01T00:00:00Z, at least 0
 * @param period seconds, a whole number, at least 1
 * @throws {OtpError} `invalid_parameter` when either is out of range
 */
export function stepAt(timeMs: number, period: number): number {
  assertPeriod(period);
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) {
    throw new OtpError('invalid_parameter', 'the time must be whole milliseconds since 1970, at least 0');
  }
  return Math.floor(timeMs / (period * 1000));
}

/**
 * The first moment of a step; the step's code is good until the next step begins.
 *
 * @param step an integer, at least 0
 * @param period seconds, a whole number, at least 1
 * @returns milliseconds since 1970-01-01T00:00:00Z
 * @throws {OtpError} `invalid_parameter` when either is out of range or the moment is past 2^53 ms
 */
export function stepStart(step: number, period: number): number {
  assertPeriod(period);
  assertStep(step);
  const timeMs = step * period * 1000;
  if (!Number.isSafeInteger(timeMs)) {
    throw new OtpError('invalid_parameter', 'the step begins later than a number can tell in milliseconds');
  }
  return timeMs;
}

/**
 * The steps whose codes are acceptable around one step (RFC 6238 §5.2, §6): `skew` to either side.
 *
 * @param step an integer, at least 0
 * @param skew steps to look back and ahead, an integer, at least 0
 * @returns the steps, highest first, none below 0
 * @throws {OtpError} `invalid_parameter` when either is out of range
 */
export function windowAround(step: number, skew: number): number[] {
  assertStep(step);
  if (!Number.isSafeInteger(skew) || skew < 0) {
    throw new OtpError('invalid_parameter', 'the skew must be a whole number of steps, at least 0');
  }
  assertStep(step + skew);
  const steps: number[] = [];
  for (let candidate = step + skew; candidate >= Math.max(0, step - skew); candidate--) steps.push(candidate);
  return steps;
}

/**
 * The code of a moment, as an authenticator app shows it (RFC 6238 §4.2).
 *
 * @param timeMs whole milliseconds since 1970-01-01T00:00:00Z, at least 0
 * @throws {OtpError} `invalid_parameter` when the time or a parameter is out of range, or the key was made for
 *   another algorithm than the parameters say
 */
export function totp(key: HotpKey, timeMs: number, parameters: TotpParameters): string {
  assertParameters(parameters);
  if (keyAlgorithm(key) !== parameters.algorithm) {
    throw new OtpError('invalid_parameter', `the key was not made for ${parameters.algorithm}`);
  }
  return formatCode(hotp(key, stepAt(timeMs, parameters.period), parameters.digits), parameters.digits);
}

/**
 * Which of the given steps a code belongs to.
 *
 * Always computes the code of every step, so that the time it takes does not tell which one matched. It says
 * nothing about replay: the caller offers only steps that are still unused (RFC 6238 §5.2).
 *
 * @param code the number from {@link parseCode}
 * @param steps integers, at least 0, in any order
 * @returns the highest step whose code equals, or null when there is none
 * @throws {OtpError} `invalid_parameter` for a step or number of digits out of range
 */
export function matchingStep(
  key: HotpKey,
  code: number,
  steps: readonly number[],
  digits: Digits,
): number | null {
  let highest = -1;
  for (const step of steps) {
    const matched = hotp(key, step, digits) === code;
    highest = Math.max(highest, matched ? step : -1);
  }
  return highest < 0 ? null : highest;
}

/**
 * Reads a code as the user typed it.
 *
 * @returns the number, or null for anything but exactly `digits` ASCII digits: no spaces, no signs, no digits
 *   of other scripts, and nothing that is not a string even where JavaScript would turn it into one
 * @throws {OtpError} `invalid_parameter` unless `digits` is 6 or 8
 */
export function parseCode(text: string, digits: Digits): number | null {
  assertDigits(digits);
  if (typeof text !== 'string' || text.length !== digits || !/^[0-9]+$/.test(text)) return null;
  return Number(text);
}

function assertStep(step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new OtpError('invalid_parameter', 'the step must be a safe integer, at least 0');
  }
}
