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
  readonly pending: { readonly factor: MovingFactor; readonly wrongCodes: number };
  /** The client's confirmed authenticators. */
  readonly others: readonly MovingFactor[];
}

export type JudgedConfirmation =
  | {
      readonly confirmed: true;
      readonly factor: MovingFactor;
      /** Those of `others`, with the code burnt where they show it. */
      readonly others: readonly MovingFactor[];
    }
  | {
      readonly confirmed: false;
      readonly reason: RefusalReason;
      /** What the log says, which may be more. */
      readonly recorded: string;
      /** 5: the pending authenticator ends. */
      readonly wrongCodes: number;
      readonly lockout: Lockout;
      readonly retryAfter?: number;
    };

/**
 * Judges the first code of a pending authenticator. Wrong ones are counted for it, and, if the client has a confirmed
 * authenticator, as failures of the client.
 *
 * @param openKey of the pending one (null) or of one of `others` by its place
 * @param now ms since the epoch
 */
export function judgeConfirmation(
  { disabled, lockout, pending, others }: Confirming,
  openKey: (place: number | null) => AuthenticatorKey,
  code: TypedCode,
  now: number,
  policy: Policy,
): JudgedConfirmation {
  const { wrongCodes } = pending;
  const refused = { confirmed: false, wrongCodes, lockout } as const;
  if (disabled) return { ...refused, reason: 'disabled', recorded: 'disabled' };
  const isInUse = others.length > 0;
  const locked = isInUse ? lockedAt(lockout, now, policy) : null;
  if (locked !== null) return { ...refused, reason: 'locked', recorded: 'locked', ...locked };
  const key = openKey(null);
  const wide = { ...policy, skew: policy.confirmSkew };
  const match = METHODS[key.method].match(pending.factor, key, code.value, now, wide);
  if (match.kind === 'accepted') {
    const spent = others.map((factor, place) =>
      spend(factor, openKey(place), code, match.factor, now, policy),
    );
    return { confirmed: true, factor: withDrift(match, key, now, policy), others: spent };
  }
  if (match.kind === 'clock_ahead') {
    return { ...refused, reason: 'invalid_code', recorded: 'clock_ahead' };
  }
  const isUsed = match.kind === 'used';
  return {
    confirmed: false,
    reason: isUsed && policy.tellReplays ? 'code_already_used' : 'invalid_code',
    recorded: isUsed ? 'code_already_used' : 'invalid_code',
    wrongCodes: Math.min(wrongCodes + 1, CONFIRM_ATTEMPTS),
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
