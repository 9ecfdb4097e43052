import { type HotpKey, matchingStep, stepAt, type TotpParameters, windowAround } from '@kanda/otp';
import type { Outcome } from '../log/events.ts';
import { afterFailure, afterSuccess, type Lockout, secondsLocked, withinPolicy } from './lockout.ts';
import type { Policy } from './policy.ts';

/** Everything about an authenticator that an attempt can change. Read and written under the row's lock. */
export interface AuthenticatorState {
  /** The highest step ever accepted; -1 before the first. It never goes back. */
  readonly watermark: number;
  readonly disabled: boolean;
  readonly lockout: Lockout;
}

/** The shared secret, opened, with the parameters it was enrolled with. None of it ever changes. */
export interface AuthenticatorKey {
  readonly key: HotpKey;
  readonly parameters: TotpParameters;
}

export type RefusalReason = 'invalid_code' | 'code_already_used' | 'locked' | 'disabled' | 'pending';

/**
 * What the caller sees. A replayed code reads `invalid_code`, so that it tells a thief nothing, unless the
 * account's policy says otherwise.
 */
export type Verdict =
  | { readonly valid: true }
  | { readonly valid: false; readonly reason: RefusalReason; readonly retryAfter?: number };

/** What the log records, which may be more. */
export interface VerdictRecord {
  readonly outcome: Outcome;
  readonly reason: 'invalid_code' | 'code_already_used' | 'locked' | 'disabled' | null;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly next: AuthenticatorState;
  readonly record: VerdictRecord;
  /** True when this attempt is the one that locked the client until it is unlocked. */
  readonly lockedNow: boolean;
}

const ACCEPTED: VerdictRecord = { outcome: 'success', reason: null };
const WRONG: VerdictRecord = { outcome: 'failure', reason: 'invalid_code' };
const REPLAYED: VerdictRecord = { outcome: 'failure', reason: 'code_already_used' };
const LOCKED: VerdictRecord = { outcome: 'failure', reason: 'locked' };
const DISABLED: VerdictRecord = { outcome: 'failure', reason: 'disabled' };
const VALID: Verdict = { valid: true };
const INVALID: Verdict = { valid: false, reason: 'invalid_code' };
const USED: Verdict = { valid: false, reason: 'code_already_used' };

/**
 * The whole truth about one attempt, as a pure function: every store runs it under the row's lock and
 * answers only after `next` and the event are durable.
 *
 * `code` is the number that the caller typed, already checked to be `digits` ASCII digits; `now` is ms
 * since the epoch. `openKey` is called only when the attempt is evaluated, so that a locked client costs
 * no decryption.
 *
 * RFC 6238 §5.2: a step is accepted once, and the window is `skew` steps to each side. Of several steps
 * that show the same code the highest is consumed, which leaves the fewest to replay.
 */
export function decide(
  state: AuthenticatorState,
  openKey: () => AuthenticatorKey,
  code: number,
  now: number,
  policy: Policy,
): Decision {
  if (state.disabled) {
    return { verdict: { valid: false, reason: 'disabled' }, next: state, record: DISABLED, lockedNow: false };
  }
  const standing = withinPolicy(state.lockout, now, policy);
  const wait = secondsLocked(standing, now);
  if (wait > 0) {
    const next = standing === state.lockout ? state : { ...state, lockout: standing };
    return { verdict: lockedFor(wait), next, record: LOCKED, lockedNow: false };
  }

  const { key, parameters } = openKey();
  const steps = windowAround(stepAt(now, parameters.period), policy.skew);
  const step = matchingStep(key, code, steps, parameters.digits);
  if (step !== null && step > state.watermark) {
    const next = { ...state, watermark: step, lockout: afterSuccess(state.lockout, now) };
    return { verdict: VALID, next, record: ACCEPTED, lockedNow: false };
  }

  // A replay counts as a failure: if it did not, a thief could tell a used code from a wrong one by the lock.
  const lockout = afterFailure(state.lockout, now, policy);
  return {
    verdict: step !== null && policy.tellReplays ? USED : INVALID,
    next: { ...state, lockout },
    record: step === null ? WRONG : REPLAYED,
    lockedNow: lockout.locked,
  };
}

function lockedFor(seconds: number): Verdict {
  if (!Number.isFinite(seconds)) return { valid: false, reason: 'locked' };
  return { valid: false, reason: 'locked', retryAfter: seconds };
}
