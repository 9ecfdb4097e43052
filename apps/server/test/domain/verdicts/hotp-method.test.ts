/** HOTP: the counter, its look-ahead and what lies behind it. */
import { createHotpKey, hotp } from '@kanda/otp';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AuthenticatorKey } from '../../../src/domain/verdicts/decide.ts';
import { hotp as method } from '../../../src/domain/verdicts/methods/hotp.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../../src/domain/verdicts/methods/method.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';

/** RFC 4226, appendix D. */
const TOKEN: AuthenticatorKey = {
  method: 'hotp',
  key: createHotpKey(new TextEncoder().encode('12345678901234567890'), 'SHA1'),
  parameters: { algorithm: 'SHA1', digits: 6, period: 0 },
};
const VECTORS = [755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489];

const match = (factor: MovingFactor, code: number, lookAhead = 10) =>
  method.match(factor, TOKEN, code, 0, { ...DEFAULT_POLICY, lookAhead });

it('accepts the codes of RFC 4226 one after the other, each once', () => {
  let factor = FRESH_FACTOR;
  for (const [counter, code] of VECTORS.entries()) {
    const matched = match(factor, code);
    expect(matched).toEqual({
      kind: 'accepted',
      factor: counter,
      next: { ...FRESH_FACTOR, watermark: counter },
    });
    if (matched.kind === 'accepted') factor = matched.next;
    expect(match(factor, code)).toEqual({ kind: 'used' });
  }
});

it('looks ahead as far as the policy says, and no further', () => {
  const code = (counter: number) => hotp(TOKEN.key, counter, 6);
  for (const lookAhead of [0, 3, 50]) {
    const factor = { ...FRESH_FACTOR, watermark: 100 };
    expect(match(factor, code(101 + lookAhead), lookAhead).kind).toBe('accepted');
    expect(match(factor, code(102 + lookAhead), lookAhead).kind).toBe('wrong');
  }
});

it('never accepts a counter twice, nor one below another', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 80 }), (moves) => {
      let factor = FRESH_FACTOR;
      let pressed = 0;
      const accepted: number[] = [];
      for (const move of moves) {
        pressed = Math.max(0, pressed + move);
        const matched = match(factor, hotp(TOKEN.key, pressed, 6));
        if (matched.kind !== 'accepted') continue;
        factor = matched.next;
        accepted.push(matched.factor);
      }
      expect(accepted).toEqual([...new Set(accepted)].sort((one, other) => one - other));
    }),
  );
});
