import { hotp as hotpValue, stepAt, windowAround } from '@kanda/otp';
import { type AuthenticatorKey, type RefusalReason, spend } from '../verdicts/decide.ts';
import { afterFailure, afterSuccess, type Lockout, lockedAt } from '../verdicts/lockout.ts';
import { advance, burn, type MovingFactor } from '../verdicts/methods/method.ts';
import { MAX_FOLLOWED_DRIFT, RESYNC_STEPS } from '../verdicts/methods/totp.ts';
import type { Policy } from '../verdicts/policy.ts';
import type { TypedCode } from '../verdicts/typed-code.ts';

/** How far ahead the counter of a token is searched. */
export const RESYNC_COUNTERS = 100;

/** What a resynchronisation is judged from. */
export interface Resyncing {
  readonly disabled: boolean;
  readonly lockout: Lockout;
  readonly factor: MovingFactor;
  /** The client's other confirmed authenticators. */
  readonly others: readonly MovingFactor[];
}

export type ResyncRefusal = RefusalReason | 'drift_too_large';

export type JudgedResync =
  | {
      readonly resynced: true;
      readonly factor: MovingFactor;
      /** Those of `others`, with the codes burnt where they show them. */
      readonly others: readonly MovingFactor[];
      /** Without the run of failures: two right codes in a row are more than a login shows. */
      readonly lockout: Lockout;
    }
  | {
      readonly resynced: false;
      readonly reason: ResyncRefusal;
      /** What the log says, which may be more. */
      readonly recorded: string;
      readonly lockout: Lockout;
      readonly retryAfter?: number;
      /** When both codes were right, and the clock is off by more than may be followed. */
      readonly tooFar?: {
        /** Steps that the clock is ahead. */
        readonly drift: number;
        /** With both codes marked as used. */
        readonly factor: MovingFactor;
        readonly others: readonly MovingFactor[];
      };
    };

/**
 * Judges two consecutive codes, by which an authenticator is found whose clock or counter has left the window
 * (RFC 4226 §7.4, RFC 6238 §6). Both are used up. Neither may have been used before: a code that was accepted, or lies
 * at or below the watermark, never counts here. A miss is a failure in the client's one budget, and two right codes end
 * the run of failures as a right code does: those of the day stay counted.
 *
 * A clock that is off by more than a drift may be, {@link MAX_FOLLOWED_DRIFT} steps, is found and refused: a restore
 * burns as many steps ahead for every client of the account. Its codes are used up all the same, since the answer says
 * when they will be right.
 *
 * @param openKey of the authenticator (null) or of one of `others` by its place
 * @param now ms since the epoch
 */
export function judgeResync(
  { disabled, lockout, factor, others }: Resyncing,
  openKey: (place: number | null) => AuthenticatorKey,
  codes: readonly [TypedCode, TypedCode],
  now: number,
  policy: Policy,
): JudgedResync {
  if (disabled) return { resynced: false, reason: 'disabled', recorded: 'disabled', lockout };
  const locked = lockedAt(lockout, now, policy);
  if (locked !== null) return { resynced: false, reason: 'locked', recorded: 'locked', ...locked };
  const key = openKey(null);
  const { period } = key.parameters;
  const second = findPair(factor, key, codes, now);
  if (second === null || isUsed(factor, second)) {
    const recorded = second === null ? 'invalid_code' : 'code_already_used';
    const reason = policy.tellReplays ? recorded : 'invalid_code';
    return { resynced: false, reason, recorded, lockout: afterFailure(lockout, now, policy) };
  }
  const drift = period === 0 ? 0 : second - stepAt(now, period);
  const spent = others.map((other, place) =>
    codes.reduce(
      (left, code, index) => spend(left, openKey(place), code, second - 1 + index, now, policy),
      other,
    ),
  );
  if (Math.abs(drift) <= MAX_FOLLOWED_DRIFT) {
    const left = afterSuccess(lockout, now);
    return { resynced: true, factor: advance(factor, second, drift), others: spent, lockout: left };
  }
  const tooFar = { drift, factor: burn(factor, [second - 1, second]), others: spent };
  return { resynced: false, reason: 'drift_too_large', recorded: 'drift_too_large', lockout, tooFar };
}

/** Whether the pair that ends at `second` has a code that was used, or one before a used one. */
function isUsed({ watermark, burnt }: MovingFactor, second: number): boolean {
  const first = second - 1;
  return first <= watermark || burnt.includes(first) || burnt.includes(second);
}

/**
 * The second of two consecutive factors that show the codes; null: none. All are computed, so that the time does not
 * depend on the codes. Of several pairs the highest counts that was not used, then the highest.
 */
function findPair(
  factor: MovingFactor,
  { key, parameters: { digits, period } }: AuthenticatorKey,
  [first, second]: readonly [TypedCode, TypedCode],
  now: number,
): number | null {
  const candidates =
    period === 0
      ? Array.from({ length: RESYNC_COUNTERS }, (_, index) => factor.watermark + RESYNC_COUNTERS - index)
      : windowAround(stepAt(now, period), RESYNC_STEPS);
  const shown = new Map(candidates.map((one) => [one, hotpValue(key, one, digits)]));
  const pairs = candidates.filter(
    (one) => shown.get(one) === second.value && shown.get(one - 1) === first.value,
  );
  return pairs.find((one) => !isUsed(factor, one)) ?? pairs[0] ?? null;
}
