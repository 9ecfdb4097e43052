import {
  ALGORITHMS,
  createHotpKey,
  type Digits,
  type HotpKey,
  hotp as hotpValue,
  stepAt,
  type TotpParameters,
  windowAround,
} from '@kanda/otp';
import { METHODS } from '../verdicts/decide.ts';
import { afterFailure, type Lockout, lockedAt } from '../verdicts/lockout.ts';
import { burn, type MovingFactor } from '../verdicts/methods/method.ts';
import type { Policy } from '../verdicts/policy.ts';
import type { TypedCode } from '../verdicts/typed-code.ts';

/** What a code can turn out to be. `behind` and `ahead` have the number of steps. */
export const FINDINGS = [
  'right_now',
  'behind',
  'ahead',
  'already_used',
  'previous_secret',
  'other_authenticator',
  'wrong_algorithm',
  'wrong_digits',
  'wrong_period',
  'no_match',
  'pending',
  'locked',
  'disabled',
] as const;
export type FindingName = (typeof FINDINGS)[number];

/** How far a clock or a counter is looked for, steps. */
export const DIAGNOSED_STEPS = 120;

/** How far the clock of an app may be off that ignores what the QR code says. */
const OTHER_READING_STEPS = 5;

/** Periods that apps use whatever the QR code says. */
const COMMON_PERIODS = [30, 60];

export interface Finding {
  readonly finding: FindingName;
  /** How far its clock or counter is off, in steps. */
  readonly steps?: number;
  /** The authenticator's number. */
  readonly authenticator?: number;
  /** Seconds until a delay ends. */
  readonly retryAfter?: number;
}

/** An authenticator with its opened secret. */
export interface Diagnosed {
  readonly number: number;
  readonly pending: boolean;
  readonly factor: MovingFactor;
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
}

/** A secret of the client that was replaced, opened. */
export interface PreviousSecret {
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** What was used of it; of HOTP, the counter after it is expected. */
  readonly watermark: number;
}

export interface Diagnosing {
  readonly disabled: boolean;
  readonly lockout: Lockout;
  /** Opens the secrets; called only when the code is looked at. */
  readonly authenticators: () => readonly Diagnosed[];
  /** Opens those that were replaced. No code of them is ever accepted. */
  readonly previous: () => readonly PreviousSecret[];
  /** The one that the user says it is; null: any. */
  readonly expected: number | null;
}

export interface Diagnosis extends Finding {
  readonly lockout: Lockout;
  /** By the authenticator's number, factors that the look has changed. */
  readonly factors: ReadonlyMap<number, MovingFactor>;
}

const UNCHANGED: Diagnosis['factors'] = new Map();

/**
 * Says why a code is or is not accepted, and accepts nothing. It tells whether a guess is right, so each look at a code
 * is a failure in the client's one budget, and nothing is looked at while the client is locked. A code of a step to come
 * is used up: a guess at one of 120 steps is right forty times as often as one at a window of three, and what it found
 * could be sent when its step has come.
 *
 * @param now ms since the epoch
 */
export function diagnose(
  { disabled, lockout, authenticators, previous, expected }: Diagnosing,
  code: TypedCode,
  now: number,
  policy: Policy,
): Diagnosis {
  if (disabled) return { finding: 'disabled', lockout, factors: UNCHANGED };
  const locked = lockedAt(lockout, now, policy);
  if (locked !== null) return { finding: 'locked', factors: UNCHANGED, ...locked };
  const opened = authenticators();
  const found = find(opened, expected, code, now, policy);
  const isPrevious = found.finding === 'no_match' && previous().some((one) => isShown(one, code, now));
  return {
    ...(isPrevious ? { finding: 'previous_secret' as const } : found),
    lockout: afterFailure(lockout, now, policy),
    factors: new Map(opened.flatMap((one) => withoutStepsToCome(one, code, now, policy))),
  };
}

/** In this order, what one authenticator shows by itself and what is most likely: the first counts. */
const ORDER: readonly FindingName[] = [
  'right_now',
  'already_used',
  'behind',
  'ahead',
  'pending',
  'wrong_digits',
  'wrong_algorithm',
  'wrong_period',
];

function find(
  authenticators: readonly Diagnosed[],
  expected: number | null,
  code: TypedCode,
  now: number,
  policy: Policy,
): Finding {
  const found = authenticators.flatMap((one) => {
    const finding = ofOne(one, code, now, policy);
    return finding === null ? [] : [{ ...finding, authenticator: one.number }];
  });
  const rank = ({ finding }: Finding) => ORDER.indexOf(finding);
  const [best] = found
    .filter(({ authenticator }) => expected === null || authenticator === expected)
    .sort((one, other) => rank(one) - rank(other));
  if (best !== undefined) return best;
  const [other] = found.filter(({ finding }) => rank({ finding }) <= ORDER.indexOf('pending'));
  return other === undefined
    ? { finding: 'no_match' }
    : { finding: 'other_authenticator', authenticator: other.authenticator };
}

function ofOne(one: Diagnosed, code: TypedCode, now: number, policy: Policy): Finding | null {
  const { parameters, secret, factor } = one;
  if (code.digits === parameters.digits) {
    const finding = asEnrolled(one, createHotpKey(secret, parameters.algorithm), code, now, policy);
    if (finding !== null) return one.pending ? { finding: 'pending' } : finding;
  }
  return asMisread(parameters, secret, factor, code, now);
}

/** Whether a secret that was replaced shows the code within an hour or so of now. */
function isShown(
  { parameters: { algorithm, digits, period }, secret, watermark }: PreviousSecret,
  code: TypedCode,
  now: number,
): boolean {
  if (code.digits !== digits) return false;
  const key = createHotpKey(secret, algorithm);
  const expected = period === 0 ? watermark + 1 : stepAt(now, period);
  return windowAround(expected, DIAGNOSED_STEPS).some((one) => hotpValue(key, one, digits) === code.value);
}

/** An authenticator's number and its factor with the code used up at each step to come that shows it; none: no entry. */
function withoutStepsToCome(
  { number, factor, parameters, secret }: Diagnosed,
  { value, digits }: TypedCode,
  now: number,
  policy: Policy,
): [number, MovingFactor][] {
  if (digits !== parameters.digits) return [];
  const { period } = parameters;
  const method = period === 0 ? 'hotp' : 'totp';
  const key = createHotpKey(secret, parameters.algorithm);
  const expected = period === 0 ? factor.watermark + 1 : stepAt(now, period);
  const acceptable = METHODS[method].window(factor, { method, key, parameters }, now, policy);
  const toCome = windowAround(expected, DIAGNOSED_STEPS)
    .filter((one) => one > expected && !acceptable.includes(one))
    .filter((one) => hotpValue(key, one, digits) === value);
  return toCome.length === 0 ? [] : [[number, burn(factor, toCome)]];
}

/** As the authenticator was enrolled: what its own window takes, and where else the code lies. */
function asEnrolled(
  { factor, parameters }: Diagnosed,
  key: HotpKey,
  { value, digits }: TypedCode,
  now: number,
  policy: Policy,
): Finding | null {
  const { period } = parameters;
  const method = period === 0 ? 'hotp' : 'totp';
  const expected = period === 0 ? factor.watermark + 1 : stepAt(now, period);
  const isUsed = (one: number) => one <= factor.watermark || factor.burnt.includes(one);
  const shows = (one: number) => hotpValue(key, one, digits) === value;
  const window = METHODS[method].window(factor, { method, key, parameters }, now, policy).filter(shows);
  if (window.some((one) => !isUsed(one))) return { finding: 'right_now' };
  if (window.length > 0) return { finding: 'already_used' };
  const nearest = windowAround(expected, DIAGNOSED_STEPS)
    .filter(shows)
    .sort((one, other) => Math.abs(one - expected) - Math.abs(other - expected))[0];
  if (nearest === undefined) return null;
  const steps = nearest - expected;
  if (nearest === factor.watermark || factor.burnt.includes(nearest))
    return { finding: 'already_used', steps };
  return { finding: steps < 0 ? 'behind' : 'ahead', steps };
}

/** As an app shows it that ignores the digits, the algorithm or the period of the QR code; the first that differs counts. */
function asMisread(
  parameters: TotpParameters,
  secret: Uint8Array,
  { watermark }: MovingFactor,
  { value, digits }: TypedCode,
  now: number,
): Finding | null {
  for (const algorithm of [parameters.algorithm, ...ALGORITHMS]) {
    const key = createHotpKey(secret, algorithm);
    for (const period of periodsOf(parameters)) {
      const at = period === 0 ? watermark + 1 : stepAt(now, period);
      const isShown = windowAround(at, OTHER_READING_STEPS).some(
        (one) => hotpValue(key, one, digits as Digits) === value,
      );
      if (!isShown) continue;
      if (digits !== parameters.digits) return { finding: 'wrong_digits' };
      if (algorithm !== parameters.algorithm) return { finding: 'wrong_algorithm' };
      if (period !== parameters.period) return { finding: 'wrong_period' };
    }
  }
  return null;
}

/** Its own first. A token has none to get wrong. */
function periodsOf({ period }: TotpParameters): readonly number[] {
  return period === 0 ? [0] : [...new Set([period, ...COMMON_PERIODS])];
}
