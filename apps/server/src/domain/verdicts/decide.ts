import { type HotpKey, hotp as hotpValue, type TotpParameters } from '@kanda/otp';
import type { Outcome } from '../log/events.ts';
import { afterFailure, afterSuccess, type Lockout, lockedAt } from './lockout.ts';
import { hotp } from './methods/hotp.ts';
import { burn, type Match, type Method, type MovingFactor } from './methods/method.ts';
import { totp } from './methods/totp.ts';
import type { Policy } from './policy.ts';
import type { TypedCode } from './typed-code.ts';

/** Everything about a client that an attempt can change. Read and written under the row's lock. */
export interface ClientState {
  readonly disabled: boolean;
  /** Whether none of its authenticators was confirmed. */
  readonly pending: boolean;
  /** One for all of its authenticators. */
  readonly lockout: Lockout;
  /** Of its confirmed authenticators; one, for most clients. */
  readonly factors: readonly MovingFactor[];
}

/** How an authenticator makes its codes. */
export const METHODS = { totp, hotp } as const satisfies Record<string, Method>;

export type AuthenticatorType = keyof typeof METHODS;

/** The shared secret, opened, with the parameters it was enrolled with. None of it ever changes. */
export interface AuthenticatorKey {
  readonly method: AuthenticatorType;
  readonly key: HotpKey;
  /** In HOTP the period is 0. */
  readonly parameters: TotpParameters;
}

export type RefusalReason = 'invalid_code' | 'code_already_used' | 'locked' | 'disabled' | 'pending';

/**
 * What the caller sees. A replayed code reads `invalid_code`, so that it tells a thief nothing, unless the
 * account's policy says otherwise.
 */
export type Verdict =
  | {
      readonly valid: true;
      /** The number of the authenticator that showed the code, when details were asked for. */
      readonly authenticator?: number;
      /** How it makes its codes, when details were asked for. */
      readonly method?: AuthenticatorType;
      /** Its event, when that was asked for. */
      readonly event?: LoggedAttempt;
    }
  | { readonly valid: false; readonly reason: RefusalReason; readonly retryAfter?: number };

/** Where the log has an attempt that was accepted. */
export interface LoggedAttempt {
  /** Its number within the account. */
  readonly id: number;
  /** ms since the epoch, by the clock of the account. */
  readonly at: number;
}

/** What the log records, which may be more. */
export interface VerdictRecord {
  readonly outcome: Outcome;
  readonly reason:
    | 'invalid_code'
    | 'code_already_used'
    | 'clock_ahead'
    | 'locked'
    | 'disabled'
    | 'pending'
    | null;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly next: ClientState;
  /** Which of the authenticators showed the code, by its place in `factors`; null: none. */
  readonly accepted: number | null;
  /** How that one makes its codes; null: none showed it. */
  readonly method: AuthenticatorType | null;
  readonly record: VerdictRecord;
  /** True when this attempt is the one that locked the client until it is unlocked. */
  readonly lockedNow: boolean;
  /** True when this attempt is the one from which on the client has to wait between wrong codes. */
  readonly delayedNow: boolean;
  /**
   * Tells by how many seconds the authenticator's clock is ahead of this server's, if the refused code would have been
   * right a few steps away; below 0 it is behind. 0: no such code. null: no code was refused. For figures alone, which ask
   * about some codes: callers never learn of it, and computing it takes several times as long as judging the code.
   */
  readonly nearSeconds: (() => number) | null;
}

const ACCEPTED: VerdictRecord = { outcome: 'success', reason: null };
const WRONG: VerdictRecord = { outcome: 'failure', reason: 'invalid_code' };
const REPLAYED: VerdictRecord = { outcome: 'failure', reason: 'code_already_used' };
/** Not the user's fault, so it is not counted; the caller gets the answer to a wrong code. */
const AHEAD: VerdictRecord = { outcome: 'failure', reason: 'clock_ahead' };
const LOCKED: VerdictRecord = { outcome: 'failure', reason: 'locked' };
const DISABLED: VerdictRecord = { outcome: 'failure', reason: 'disabled' };
const PENDING: VerdictRecord = { outcome: 'failure', reason: 'pending' };
const VALID: Verdict = { valid: true };
const INVALID: Verdict = { valid: false, reason: 'invalid_code' };
const USED: Verdict = { valid: false, reason: 'code_already_used' };

/**
 * The whole truth about one attempt, as a pure function: every store runs it under the row's lock and
 * answers only after `next` and the event are durable.
 *
 * `now` is ms since the epoch. `openKey` gives the key of the authenticator at a place in `factors`; it is called only
 * when the attempt is evaluated, so that a locked client costs no decryption. What a code is worth by itself the
 * authenticator's method says (`methods/`).
 */
export function decide(
  state: ClientState,
  openKey: (place: number) => AuthenticatorKey,
  code: TypedCode,
  now: number,
  policy: Policy,
): Decision {
  if (state.disabled) return unevaluated({ valid: false, reason: 'disabled' }, state, DISABLED);
  if (state.pending) return unevaluated({ valid: false, reason: 'pending' }, state, PENDING);
  const locked = lockedAt(state.lockout, now, policy);
  if (locked !== null) {
    const { lockout, ...wait } = locked;
    const next = lockout === state.lockout ? state : { ...state, lockout };
    return unevaluated({ valid: false, reason: 'locked', ...wait }, next, LOCKED);
  }

  const keys = state.factors.map((_, place) => openKey(place));
  const { place: accepted, match } = matchAny(state.factors, keys, code, now, policy);
  if (match.kind === 'accepted') {
    const factors =
      state.factors.length === 1
        ? [match.next]
        : state.factors.map((factor, place) =>
            place === accepted
              ? match.next
              : spend(factor, keys[place] as AuthenticatorKey, code, match.factor, now, policy),
          );
    const next = { ...state, factors, lockout: afterSuccess(state.lockout, now) };
    const { method } = keys[accepted] as AuthenticatorKey;
    return {
      verdict: VALID,
      next,
      accepted,
      method,
      record: ACCEPTED,
      lockedNow: false,
      delayedNow: false,
      nearSeconds: null,
    };
  }
  // For every refusal alike: were it only for wrong codes, its time would tell a used one from them.
  const nearSeconds = () => nearAny(state.factors, keys, code, now, policy);
  if (match.kind === 'clock_ahead') return { ...unevaluated(INVALID, state, AHEAD), nearSeconds };

  // A replay counts as a failure: if it did not, a thief could tell a used code from a wrong one by the lock.
  const lockout = afterFailure(state.lockout, now, policy);
  const isUsed = match.kind === 'used';
  return {
    verdict: isUsed && policy.tellReplays ? USED : INVALID,
    next: { ...state, lockout },
    accepted: null,
    method: null,
    record: isUsed ? REPLAYED : WRONG,
    lockedNow: lockout.locked,
    delayedNow: !lockout.locked && lockout.failures === policy.freeFailures && lockout.delayedUntil > now,
    nearSeconds,
  };
}

/** The attempt counts for nothing. */
function unevaluated(verdict: Verdict, next: ClientState, record: VerdictRecord): Decision {
  return {
    verdict,
    next,
    accepted: null,
    method: null,
    record,
    lockedNow: false,
    delayedNow: false,
    nearSeconds: null,
  };
}

/** How far the clock of the first authenticator that would show the code is off, in seconds; 0: none. */
function nearAny(
  factors: readonly MovingFactor[],
  keys: readonly AuthenticatorKey[],
  { value, digits }: TypedCode,
  now: number,
  policy: Policy,
): number {
  const found = keys.map((key, place) =>
    key.parameters.digits === digits
      ? METHODS[key.method].near(factors[place] as MovingFactor, key, value, now, policy) *
        key.parameters.period
      : 0,
  );
  return found.find((seconds) => seconds !== 0) ?? 0;
}

const WRONG_CODE: Match = { kind: 'wrong' };

/**
 * What the code comes to with all of a client's authenticators: every one of them is tried, in a time that does not
 * depend on the code. The first that accepts it does; one whose clock was ahead excuses a wrong code only when there is
 * no other to be guessed at.
 */
function matchAny(
  factors: readonly MovingFactor[],
  keys: readonly AuthenticatorKey[],
  { value, digits }: TypedCode,
  now: number,
  policy: Policy,
): { readonly place: number; readonly match: Match } {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined && only.parameters.digits === digits) {
    // Nearly every client has one: this spares the arrays below, a tenth of an attempt's time.
    const match = METHODS[only.method].match(factors[0] as MovingFactor, only, value, now, policy);
    return { place: match.kind === 'accepted' ? 0 : -1, match };
  }
  const matches = keys.map((key, place) =>
    key.parameters.digits === digits
      ? METHODS[key.method].match(factors[place] as MovingFactor, key, value, now, policy)
      : null,
  );
  const tried = matches.filter((match) => match !== null);
  const place = matches.findIndex((match) => match?.kind === 'accepted');
  if (place >= 0) return { place, match: matches[place] as Match };
  const used = tried.find((match) => match.kind === 'used');
  if (used !== undefined) return { place, match: used };
  const ahead = tried.find((match) => match.kind === 'clock_ahead');
  const isAhead = ahead !== undefined && tried.every((match) => match.kind === 'clock_ahead');
  return { place, match: isAhead ? ahead : WRONG_CODE };
}

/**
 * Marks as used what shows an accepted code at another authenticator of the client, by chance or since both have the
 * same secret: the code is not accepted again there. `accepted` is the factor that it was accepted as, which with the
 * same secret shows the same code, wherever this authenticator's window is. An authenticator with another number of
 * digits is looked at, too: six digits of a code are the end of its eight (RFC 4226 §5.3).
 */
export function spend(
  factor: MovingFactor,
  key: AuthenticatorKey,
  { value, digits }: TypedCode,
  accepted: number,
  now: number,
  policy: Policy,
): MovingFactor {
  const candidates = new Set([accepted, ...METHODS[key.method].window(factor, key, now, policy)]);
  const same = [...candidates].filter((one) => hotpValue(key.key, one, digits) === value);
  return same.length === 0 ? factor : burn(factor, same);
}
