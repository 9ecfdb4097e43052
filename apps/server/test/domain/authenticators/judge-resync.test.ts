/** Two consecutive codes by which an authenticator is found again. */
import { createHotpKey, hotp, stepAt } from '@kanda/otp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeResync, RESYNC_COUNTERS } from '../../../src/domain/authenticators/judge-resync.ts';
import type { AuthenticatorKey } from '../../../src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../../src/domain/verdicts/methods/method.ts';
import { MAX_FOLLOWED_DRIFT, RESYNC_STEPS } from '../../../src/domain/verdicts/methods/totp.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';

const NOW = Date.UTC(2027, 0, 1);
const POLICY = { ...DEFAULT_POLICY, followDrift: true };
const KEY = createHotpKey(new TextEncoder().encode('12345678901234567890'), 'SHA1');
const keyOf = (period: number): AuthenticatorKey => ({
  method: period === 0 ? 'hotp' : 'totp',
  key: KEY,
  parameters: { algorithm: 'SHA1', digits: 6, period },
});
const PHONE = keyOf(30);
const TOKEN = keyOf(0);
const CURRENT = stepAt(NOW, 30);

const code = (factor: number) => ({ value: hotp(KEY, factor, 6), digits: 6 as const });

function resync(key: AuthenticatorKey, factor: MovingFactor, first: number, second = first + 1) {
  const state = { disabled: false, lockout: NO_FAILURES, factor, others: [] };
  return judgeResync(state, () => key, [code(first), code(second)], NOW, POLICY);
}

describe('a phone', () => {
  it.each([-10, -3, 0, 4, 10])('whose clock is %i steps ahead has that as its drift', (drift) => {
    const second = CURRENT + drift;
    expect(resync(PHONE, FRESH_FACTOR, second - 1)).toEqual({
      resynced: true,
      factor: { watermark: second, burnt: [], drift },
      others: [],
      lockout: NO_FAILURES,
    });
  });

  it.each([-19, 11, 20])(
    'whose clock is %i steps ahead is found and refused, and both codes are used up',
    (drift) => {
      expect(resync(PHONE, FRESH_FACTOR, CURRENT + drift - 1)).toMatchObject({
        resynced: false,
        reason: 'drift_too_large',
        tooFar: { drift, factor: { burnt: [CURRENT + drift - 1, CURRENT + drift] } },
        lockout: NO_FAILURES,
      });
    },
  );

  it('is not found beyond 20 steps, nor by codes that do not follow one another', () => {
    for (const [first, second] of [
      [CURRENT + RESYNC_STEPS, CURRENT + RESYNC_STEPS + 1],
      [CURRENT - RESYNC_STEPS - 1, CURRENT - RESYNC_STEPS],
      [CURRENT, CURRENT + 2],
      [CURRENT + 1, CURRENT],
    ] as const) {
      expect(resync(PHONE, FRESH_FACTOR, first, second)).toMatchObject({
        reason: 'invalid_code',
        lockout: { failures: 1 },
      });
    }
  });
});

describe('a token', () => {
  it('is found up to 100 counters ahead, and no further', () => {
    const factor = { ...FRESH_FACTOR, watermark: 7 };
    const farthest = 7 + RESYNC_COUNTERS;
    expect(resync(TOKEN, factor, farthest - 1)).toMatchObject({
      resynced: true,
      factor: { watermark: farthest, drift: 0 },
    });
    expect(resync(TOKEN, factor, farthest)).toMatchObject({ resynced: false, reason: 'invalid_code' });
  });
});

it('neither is asked nor counted while the client is locked or disabled', () => {
  const codes = [code(CURRENT), code(CURRENT + 1)] as const;
  const open = () => expect.unreachable();
  const state = { disabled: false, lockout: NO_FAILURES, factor: FRESH_FACTOR, others: [] };
  const delayed = { ...NO_FAILURES, failures: 5, delayedUntil: NOW + 20_000 };
  expect(judgeResync({ ...state, lockout: delayed }, open, codes, NOW, POLICY)).toMatchObject({
    reason: 'locked',
    retryAfter: 20,
  });
  expect(judgeResync({ ...state, disabled: true }, open, codes, NOW, POLICY)).toMatchObject({
    reason: 'disabled',
  });
});

/** Seen to fail when `isUsed` looked at the second factor alone, and when it left the burnt ones out. */
it('never accepts a factor at or below the watermark, or a burnt one', () => {
  const cases = fc.record({
    isPhone: fc.boolean(),
    watermark: fc.integer({ min: -25, max: 25 }),
    burnt: fc.array(fc.integer({ min: -25, max: 30 }), { maxLength: 6 }),
    first: fc.integer({ min: -25, max: 25 }),
  });
  fc.assert(
    fc.property(cases, ({ isPhone, watermark, burnt, first }) => {
      const base = isPhone ? CURRENT : 1_000;
      const factor = {
        watermark: base + watermark,
        burnt: burnt.map((one) => base + one).filter((one) => one > base + watermark),
        drift: 0,
      };
      const judged = resync(isPhone ? PHONE : TOKEN, factor, base + first);
      if (!judged.resynced) return;
      const accepted = judged.factor.watermark;
      for (const one of [accepted - 1, accepted]) {
        expect(one).toBeGreaterThan(factor.watermark);
        expect(factor.burnt).not.toContain(one);
      }
      expect(Math.abs(judged.factor.drift)).toBeLessThanOrEqual(MAX_FOLLOWED_DRIFT);
    }),
    { numRuns: 500 },
  );
});
