import { DAY_MS, HOUR_MS } from '../time.ts';

/**
 * How often a client may guess. Defaults: five free failures, then a delay that doubles up to an hour,
 * 50 failures in any 24 hours, and never more than 100 in a row (NIST SP 800-63B-4 §3.2.2). At 3 in a
 * million for each guess, 50 guesses a day are 0.015 % a day.
 */
export interface Policy {
  /** Steps accepted before and after the current one (RFC 6238 §5.2 recommends at most one). */
  readonly skew: number;
  /** Consecutive failures before the first delay. */
  readonly freeFailures: number;
  /** The first delay in milliseconds; it doubles with each further failure. */
  readonly firstDelayMs: number;
  /** The longest delay in milliseconds. */
  readonly maxDelayMs: number;
  /** Failures in any 24 hours, successes between them or not, that lock the client until it is unlocked. */
  readonly dailyFailures: number;
  /** Consecutive failures, however far apart, that lock the client until it is unlocked. No account may change it. */
  readonly consecutiveFailures: number;
  /** Whether the caller sees `code_already_used`; otherwise a used code reads `invalid_code`. */
  readonly tellReplays: boolean;
  /** Steps accepted before and after the current one when an authenticator is confirmed. */
  readonly confirmSkew: number;
  /** How many authenticators a client may have, pending ones included. */
  readonly maxAuthenticators: number;
  /** HOTP: counters accepted after the expected one (RFC 4226 §7.4). */
  readonly lookAhead: number;
  /** Whether a TOTP authenticator's clock is followed when it drifts (RFC 6238 §6). */
  readonly followDrift: boolean;
  /** Whether a browser may be trusted after a right code, and is not asked for one each time. */
  readonly trustedDevices: boolean;
}

export const DEFAULT_POLICY: Policy = {
  skew: 1,
  freeFailures: 5,
  firstDelayMs: 30_000,
  maxDelayMs: HOUR_MS,
  dailyFailures: 50,
  consecutiveFailures: 100,
  tellReplays: false,
  confirmSkew: 2,
  maxAuthenticators: 5,
  lookAhead: 10,
  followDrift: false,
  trustedDevices: false,
};

/** The numbers of a policy that an account may set. */
export const POLICY_NUMBERS = [
  'skew',
  'freeFailures',
  'firstDelayMs',
  'maxDelayMs',
  'dailyFailures',
  'confirmSkew',
  'maxAuthenticators',
  'lookAhead',
] as const;
export type PolicyNumber = (typeof POLICY_NUMBERS)[number];

/** The switches of a policy that an account may set. */
export const POLICY_SWITCHES = ['tellReplays', 'followDrift', 'trustedDevices'] as const;
export type PolicySwitch = (typeof POLICY_SWITCHES)[number];

/** What an account may set: `consecutiveFailures` is not part of it. */
export type PolicySettings = Pick<Policy, PolicyNumber | PolicySwitch>;

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * What an account may set each number to. NIST SP 800-63B-4 §3.2.2 allows 100 failures in a row, which none of
 * these can change, and suggests waits that grow "from 30 seconds up to an hour".
 */
export const POLICY_BOUNDS: Readonly<Record<PolicyNumber, Bounds>> = {
  // 0: no drift is forgiven, as for server-side tests. 2: a minute of drift to each side at 30 s a step, and five
  // codes that are right at once; each further step would make guessing easier without helping a phone with network time.
  skew: { least: 0, most: 2 },
  // 1: a delay after every failure. 10: no more than a tenth of what NIST allows in a row comes without any delay.
  freeFailures: { least: 1, most: 10 },
  // A second slows a program down and no person; an hour is where NIST's suggestion ends.
  firstDelayMs: { least: 1_000, most: HOUR_MS },
  // A day at most: a client that is delayed for longer is locked, and a lock shows as what it is.
  maxDelayMs: { least: 1_000, most: DAY_MS },
  // Fewer than 5 and an attacker locks a user out with a handful of requests. At 100 a day the widest window is
  // guessed with a chance of 5 in 10,000 a day, and an attacker who never gets one right is stopped by NIST's 100 in a row.
  dailyFailures: { least: 5, most: 100 },
  // 5: two and a half minutes at 30 s a step, once, for a phone whose clock was never set; five wrong codes end it.
  confirmSkew: { least: 0, most: 5 },
  // Each makes as many codes right at once as the first (SECURITY.md has the odds).
  maxAuthenticators: { least: 1, most: 8 },
  // 0: no press may be skipped. 50 codes that are right at once are what a token in a pocket has been seen to need.
  lookAhead: { least: 0, most: 50 },
};

/** A number that an account must not set so. */
export interface PolicyBreach extends Bounds {
  readonly field: PolicyNumber;
}

/** Which numbers lie outside of what they may be; none: the policy is allowed. */
export function policyBreaches(policy: PolicySettings): PolicyBreach[] {
  const outside = POLICY_NUMBERS.map((field) => ({ field, ...POLICY_BOUNDS[field] })).filter(
    ({ field, least, most }) =>
      !(Number.isSafeInteger(policy[field]) && policy[field] >= least && policy[field] <= most),
  );
  if (outside.length > 0 || policy.maxDelayMs >= policy.firstDelayMs) return outside;
  return [{ field: 'maxDelayMs', least: policy.firstDelayMs, most: POLICY_BOUNDS.maxDelayMs.most }];
}

/**
 * What `to` changes, as an event tells it: each setting that becomes another with its new value, such as
 * `skew=2 dailyFailures=80`; null when nothing does.
 */
export function changesBetween(from: PolicySettings, to: PolicySettings): string | null {
  const changed = [...POLICY_NUMBERS, ...POLICY_SWITCHES].filter((field) => from[field] !== to[field]);
  if (changed.length === 0) return null;
  return changed.map((field) => inWords(field, to[field])).join(' ');
}

/** People read seconds, as in the API. */
function inWords(field: PolicyNumber | PolicySwitch, value: number | boolean): string {
  return field.endsWith('Ms') ? `${field.slice(0, -2)}Seconds=${Number(value) / 1000}` : `${field}=${value}`;
}
