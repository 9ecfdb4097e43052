import { MINUTE_MS } from '../time.ts';

/** When a client's wrong recovery codes were sent (ms since the epoch), in the order of counting. */
export type CodeFailures = readonly number[];

/** What decides whether a client may try a recovery code at all. */
export interface RecoveryCodeState {
  readonly disabled: boolean;
  /** Whether none of the client's authenticators was confirmed. */
  readonly pending: boolean;
  readonly failures: CodeFailures;
}

export type RecoveryCodeRefusal = {
  readonly valid: false;
  readonly reason: 'invalid_code' | 'locked' | 'disabled' | 'pending';
  readonly retryAfter?: number;
};

export interface RecoveryCodeDecision {
  readonly verdict: { readonly valid: true } | RecoveryCodeRefusal;
  readonly failures: CodeFailures;
}

/**
 * Recovery codes have limits of their own, since users need them when wrong codes have locked the client. At 80 bits no
 * limit is needed against guessing; these stop a program that tries forever. The delays are short, so that an attacker
 * keeps no user out for long.
 */
export const FREE_CODE_FAILURES = 10;
const WINDOW_MS = 15 * MINUTE_MS;
const FIRST_DELAY_MS = MINUTE_MS;
const MAX_DELAY_MS = WINDOW_MS;

/**
 * The refusal of an attempt at `now` (ms) before its code is looked up; null when it is evaluated. A refused attempt is
 * not counted, and its code stays unused.
 */
export function refusedUnseen(state: RecoveryCodeState, now: number): RecoveryCodeRefusal | null {
  if (state.disabled) return { valid: false, reason: 'disabled' };
  if (state.pending) return { valid: false, reason: 'pending' };
  const wait = secondsDelayed(withinNow(state.failures, now), now);
  return wait === 0 ? null : { valid: false, reason: 'locked', retryAfter: wait };
}

/**
 * One attempt with a recovery code, as a pure function; the store runs it under the account's lock.
 *
 * @param isTaken whether the code was one of this client's and this attempt has used it up. A code that another attempt
 *   has used is a failure like any other.
 * @param now ms since the epoch
 */
export function judgeRecoveryCode(
  state: RecoveryCodeState,
  isTaken: boolean,
  now: number,
): RecoveryCodeDecision {
  const failures = withinNow(state.failures, now);
  const refusal = refusedUnseen(state, now);
  if (refusal !== null) return { verdict: refusal, failures };
  if (isTaken) return { verdict: { valid: true }, failures: failures.length === 0 ? failures : [] };
  const counted = failures.filter((time) => time > now - WINDOW_MS);
  return { verdict: { valid: false, reason: 'invalid_code' }, failures: [...counted, now] };
}

/**
 * Times that lie ahead of `now`, as a clock leaves them that ran ahead and was put right, become `now`: they win no
 * guess, and the delay that they lead to is never longer than the one that they were part of.
 */
function withinNow(failures: CodeFailures, now: number): CodeFailures {
  return failures.some((time) => time > now) ? failures.map((time) => Math.min(time, now)) : failures;
}

/** Whole seconds until a code is evaluated; 0: at once. No time of `failures` is after `now`. */
function secondsDelayed(failures: CodeFailures, now: number): number {
  const last = failures.at(-1);
  if (last === undefined) return 0;
  const counted = failures.filter((time) => time > last - WINDOW_MS).length;
  const wait = last + delayAfter(counted) - now;
  return wait <= 0 ? 0 : Math.ceil(wait / 1000);
}

/** The delay in ms after the `counted`-th failure of a quarter of an hour. */
function delayAfter(counted: number): number {
  const doublings = counted - FREE_CODE_FAILURES;
  return doublings < 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** doublings, MAX_DELAY_MS);
}
