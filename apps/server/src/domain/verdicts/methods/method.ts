import type { AuthenticatorKey } from '../decide.ts';
import type { Policy } from '../policy.ts';

/** What keeps a method's codes from being accepted twice. */
export interface MovingFactor {
  /** The highest factor accepted, a step in TOTP (RFC 6238 §5.2); -1 before the first. */
  readonly watermark: number;
  /**
   * Factors above the watermark that may have been accepted, ascending; empty but for a client whose watermark was
   * brought down after a clock had run ahead (`resetClock`).
   */
  readonly burnt: readonly number[];
}

/** What a code comes to by itself: whether the client may try at all is not asked here. */
export type Match =
  | { readonly kind: 'accepted'; readonly next: MovingFactor }
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
}
