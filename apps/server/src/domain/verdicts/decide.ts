import type { HotpKey, TotpParameters } from '@kanda/otp';
import type { Outcome } from '../log/events.ts';
import { afterFailure, afterSuccess, type Lockout, secondsLocked, withinPolicy } from './lockout.ts';
import type { MovingFactor } from './methods/method.ts';
import { totp } from './methods/totp.ts';
import type { Policy } from './policy.ts';

/** Everything about an authenticator that an attempt can change. Read and written under the row's lock. */
export interface AuthenticatorState extends MovingFactor {
  readonly disabled: boolean;
  readonly lockout: Lockout;
}

/** How an authenticator makes its codes. */
const METHODS = { totp } as const;

/** The shared secret, opened, with the parameters it was enrolled with. None of it ever changes. */
export interface AuthenticatorKey {
  readonly method: keyof typeof METHODS;
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
  readonly reason: 'invalid_code' | 'code_already_used' | 'clock_ahead' | 'locked' | 'disabled' | null;
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
/** Not the user's doing, so it counts for nothing; the caller is informed what a wrong code is reported. */
const AHEAD: VerdictRecord = { outcome: 'failure', reason: 'clock_ahead' };
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
 * no decryption. What a code is worth by itself the authenticator's method says (`methods/`).
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

  const key = openKey();
  const match = METHODS[key.method].match(state, key, code, now, policy);
  if (match.kind === 'accepted') {
    const { disabled, lockout } = state;
    const next = { ...match.next, disabled, lockout: afterSuccess(lockout, now) };
    return { verdict: VALID, next, record: ACCEPTED, lockedNow: false };
  }
  if (match.kind === 'clock_ahead') {
    return { verdict: INVALID, next: state, record: AHEAD, lockedNow: false };
  }

  // A replay counts as a failure: if it did not, a thief could tell a used code from a wrong one by the lock.
  const lockout = afterFailure(state.lockout, now, policy);
  const isUsed = match.kind === 'used';
  return {
    verdict: isUsed && policy.tellReplays ? USED : INVALID,
    next: { ...state, lockout },
    record: isUsed ? REPLAYED : WRONG,
    lockedNow: lockout.locked,
  };
}

function lockedFor(seconds: number): Verdict {
  if (!Number.isFinite(seconds)) return { valid: false, reason: 'locked' };
  return { valid: false, reason: 'locked', retryAfter: seconds };
}
