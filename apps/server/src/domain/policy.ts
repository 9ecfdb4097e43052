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
  /** Consecutive failures, however far apart, that lock the client until it is unlocked. */
  readonly consecutiveFailures: number;
}

export const DAY_MS = 24 * 60 * 60 * 1000;

export const DEFAULT_POLICY: Policy = {
  skew: 1,
  freeFailures: 5,
  firstDelayMs: 30_000,
  maxDelayMs: 60 * 60 * 1000,
  dailyFailures: 50,
  consecutiveFailures: 100,
};
