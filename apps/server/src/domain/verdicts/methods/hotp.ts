import { matchingStep } from '@kanda/otp';
import { advance, type Match, type Method } from './method.ts';

const USED: Match = { kind: 'used' };
const WRONG: Match = { kind: 'wrong' };

/**
 * RFC 4226. The counter after the last accepted one is expected, and up to `lookAhead` after that (§7.4), for presses
 * whose code was never sent. As many counters before it are computed, too: their codes were used or skipped.
 */
export const hotp: Method = {
  match(factor, authenticator, code, now, policy) {
    const { key, parameters } = authenticator;
    const counter = matchingStep(
      key,
      code,
      this.window(factor, authenticator, now, policy),
      parameters.digits,
    );
    if (counter === null) return WRONG;
    if (counter <= factor.watermark || factor.burnt.includes(counter)) return USED;
    return { kind: 'accepted', factor: counter, next: advance(factor, counter, 0) };
  },

  window({ watermark }, _key, _now, { lookAhead }) {
    const lowest = Math.max(0, watermark - lookAhead);
    const highest = watermark + 1 + lookAhead;
    return Array.from({ length: highest - lowest + 1 }, (_, index) => highest - index);
  },

  near: () => 0,
};
