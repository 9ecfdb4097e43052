import type { AuthenticatorKey } from '../decide.ts';
import type { Policy } from '../policy.ts';

/** What keeps a method's codes from being accepted twice. */
export interface MovingFactor {
  /** The highest factor accepted, a step in TOTP (RFC 6238 §5.2), a counter in HOTP; -1 before the first. */
  readonly watermark: number;
  /**
   * Factors above the watermark that may have been accepted, ascending: after a clock had run ahead (`resetClock`), or
   * since the same code was accepted through another authenticator of the client. Nearly always empty.
   */
  readonly burnt: readonly number[];
  /** How many steps the authenticator's clock is ahead of this server's; 0 in HOTP. */
  readonly drift: number;
}

/** The factor of an authenticator whose codes were never accepted. */
export const FRESH_FACTOR: MovingFactor = { watermark: -1, burnt: [], drift: 0 };

/** The result for a code by itself, whether or not the client may try at all. */
export type Match =
  /** `factor`: the one that showed the code. */
  | { readonly kind: 'accepted'; readonly factor: number; readonly next: MovingFactor }
  /** Right, and used before. */
  | { readonly kind: 'used' }
  | { readonly kind: 'wrong' }
  /** Nothing can be accepted: the watermark lies further ahead than any window reaches. */
  | { readonly kind: 'clock_ahead' };

/** A way to make codes. A method is one file in this folder with these functions, and a line in `METHODS`. */
export interface Method {
  /**
   * Matches a code with what a client's authenticator shows, in a time that does not depend on the code.
   *
   * @param code the number that was typed, checked to have the authenticator's digits
   * @param now ms since the epoch
   */
  match(factor: MovingFactor, key: AuthenticatorKey, code: number, now: number, policy: Policy): Match;

  /** The factors, highest first, whose codes `match` would take for right or used. */
  window(factor: MovingFactor, key: AuthenticatorKey, now: number, policy: Policy): readonly number[];

  /**
   * How many steps from the clock a refused code would have been right, below 0 where the server's clock is ahead of
   * the authenticator's; 0: nowhere near, or the method has no clock. It says nothing to the caller: its time does not
   * depend on the code either.
   */
  near(factor: MovingFactor, key: AuthenticatorKey, code: number, now: number, policy: Policy): number;
}

/** Of more than these, the watermark rises over the lowest, which refuses everything below. */
const MAX_BURNT = 32;

/** The factor with these burnt as well, if they lie above its watermark. */
export function burn(factor: MovingFactor, factors: readonly number[]): MovingFactor {
  if (factors.every((one) => one <= factor.watermark || factor.burnt.includes(one))) return factor;
  // A restore raises the watermark alone, and may leave burnt ones below it.
  const above = new Set([...factor.burnt, ...factors].filter((one) => one > factor.watermark));
  const burnt = [...above].sort((one, other) => one - other);
  const surplus = burnt.length - Math.max(MAX_BURNT, factor.burnt.length);
  if (surplus <= 0) return { ...factor, burnt };
  return { ...factor, watermark: burnt[surplus - 1] as number, burnt: burnt.slice(surplus) };
}

/** The factor after `accepted`: nothing at or below it is accepted any more. */
export function advance(factor: MovingFactor, accepted: number, drift: number): MovingFactor {
  const burnt = factor.burnt.length === 0 ? factor.burnt : factor.burnt.filter((other) => other > accepted);
  return { watermark: accepted, burnt, drift };
}
