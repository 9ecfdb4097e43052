import { stepAt } from '@kanda/otp';
import { type AuthenticatorKey, METHODS, type RefusalReason, spend } from '../verdicts/decide.ts';
import { afterFailure, type Lockout, lockedAt } from '../verdicts/lockout.ts';
import type { MovingFactor } from '../verdicts/methods/method.ts';
import { withinFollowed } from '../verdicts/methods/totp.ts';
import type { Policy } from '../verdicts/policy.ts';
import type { TypedCode } from '../verdicts/typed-code.ts';
import { CONFIRM_ATTEMPTS } from './authenticator.ts';

/** What a confirmation is judged by. */
export interface Confirming {
  readonly disabled: boolean;
  /** Of the client. It counts only while the client has a confirmed authenticator. */
  readonly lockout: Lockout;
  /** Those that the code may be of, oldest first: one at least, and all with codes of its length. */
  readonly pending: readonly { readonly factor: MovingFactor; readonly wrongCodes: number }[];
  /** The client's confirmed authenticators. */
  readonly others: readonly MovingFactor[];
}

/** Open the secrets, by the place in `pending` or `others`. */
export interface ConfirmingKeys {
  readonly pending: (place: number) => AuthenticatorKey;
  readonly others: (place: number) => AuthenticatorKey;
}

export type JudgedConfirmation =
  | {
      readonly confirmed: true;
      /** Which of `pending` it is. */
      readonly place: number;
      /** Those of `pending`: the confirmed one as it is from now on, the rest with the code burnt where they show it. */
      readonly pending: readonly MovingFactor[];
      /** Those of `others`, with the code burnt where they show it. */
      readonly others: readonly MovingFactor[];
      /**
       * How many steps its clock is ahead, when that is so far that a validation refuses its codes; null: it accepts
       * them.
       */
      readonly clockOff: number | null;
    }
  | {
      readonly confirmed: false;
      readonly reason: RefusalReason;
      /** What the log says, which may be more. */
      readonly recorded: string;
      /** Of each of `pending`. 5: it ends. */
      readonly wrongCodes: readonly number[];
      readonly lockout: Lockout;
      readonly retryAfter?: number;
    };

/**
 * Judges the first code of a pending authenticator. With several, all are tried, and of those that show the code the
 * newest is confirmed. A wrong code is counted for each that it was tried with, so that at none of them more than five
 * are guessed; if the client has a confirmed authenticator, it is one failure of the client.
 *
 * @param now ms since the epoch
 */
export function judgeConfirmation(
  { disabled, lockout, pending, others }: Confirming,
  open: ConfirmingKeys,
  code: TypedCode,
  now: number,
  policy: Policy,
): JudgedConfirmation {
  const refused = { confirmed: false, wrongCodes: pending.map((one) => one.wrongCodes), lockout } as const;
  if (disabled) return { ...refused, reason: 'disabled', recorded: 'disabled' };
  const isInUse = others.length > 0;
  const locked = isInUse ? lockedAt(lockout, now, policy) : null;
  if (locked !== null) return { ...refused, reason: 'locked', recorded: 'locked', ...locked };
  const wide = { ...policy, skew: policy.confirmSkew };
  const keys = pending.map((_, place) => open.pending(place));
  const matches = pending.map(({ factor }, place) => {
    const key = keys[place] as AuthenticatorKey;
    return METHODS[key.method].match(factor, key, code.value, now, wide);
  });
  const place = matches.findLastIndex(({ kind }) => kind === 'accepted');
  const match = matches[place];
  if (match?.kind === 'accepted') {
    const key = keys[place] as AuthenticatorKey;
    const inUse = withDrift(match, key, now, policy);
    return {
      confirmed: true,
      place,
      pending: pending.map(({ factor }, other) =>
        other === place
          ? inUse
          : spend(factor, keys[other] as AuthenticatorKey, code, match.factor, now, wide),
      ),
      others: others.map((factor, other) =>
        spend(factor, open.others(other), code, match.factor, now, policy),
      ),
      clockOff: clockOff(match.factor, inUse, key, now, policy),
    };
  }
  // One whose clock was ahead accepts nothing, so that nothing was guessed at it.
  const isGuess = matches.map(({ kind }) => kind !== 'clock_ahead');
  if (!isGuess.includes(true)) return { ...refused, reason: 'invalid_code', recorded: 'clock_ahead' };
  const isUsed = matches.some(({ kind }) => kind === 'used');
  return {
    confirmed: false,
    reason: isUsed && policy.tellReplays ? 'code_already_used' : 'invalid_code',
    recorded: isUsed ? 'code_already_used' : 'invalid_code',
    wrongCodes: pending.map((one, other) =>
      isGuess[other] ? Math.min(one.wrongCodes + 1, CONFIRM_ATTEMPTS) : one.wrongCodes,
    ),
    lockout: isInUse ? afterFailure(lockout, now, policy) : lockout,
  };
}

/** The phone's offset is its drift from the start, when the policy follows drift. */
function withDrift(
  { factor, next }: { readonly factor: number; readonly next: MovingFactor },
  { parameters: { period } }: AuthenticatorKey,
  now: number,
  { followDrift }: Policy,
): MovingFactor {
  if (!followDrift || period === 0) return next;
  return { ...next, drift: withinFollowed(factor - stepAt(now, period)) };
}

/** By how many steps `confirmed` lies outside of what a validation would look at now; null: it does not. */
function clockOff(
  confirmed: number,
  factor: MovingFactor,
  key: AuthenticatorKey,
  now: number,
  policy: Policy,
): number | null {
  const { period } = key.parameters;
  if (period === 0 || METHODS[key.method].window(factor, key, now, policy).includes(confirmed)) return null;
  return confirmed - stepAt(now, period);
}
