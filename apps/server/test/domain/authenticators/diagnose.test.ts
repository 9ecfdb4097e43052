/** Why a code is not accepted. */
import { type Algorithm, createHotpKey, type Digits, hotp, stepAt } from '@kanda/otp';
import { expect, it } from 'vitest';
import { type Diagnosed, diagnose } from '../../../src/domain/authenticators/diagnose.ts';
import { NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { FRESH_FACTOR } from '../../../src/domain/verdicts/methods/method.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';

const NOW = Date.UTC(2027, 0, 1);
const CURRENT = stepAt(NOW, 30);
const SECRET = new TextEncoder().encode('12345678901234567890');
const OTHER = new TextEncoder().encode('another secret of us');

const one = (more: Partial<Diagnosed> = {}): Diagnosed => ({
  number: 1,
  pending: false,
  factor: FRESH_FACTOR,
  parameters: { algorithm: 'SHA1', digits: 6, period: 30 },
  secret: SECRET,
  ...more,
});
const code = (
  factor: number,
  { secret = SECRET, algorithm = 'SHA1' as Algorithm, digits = 6 as Digits } = {},
) => ({
  value: hotp(createHotpKey(secret, algorithm), factor, digits),
  digits,
});
const STATE = { disabled: false, lockout: NO_FAILURES, previous: () => [], expected: null };
const HOTP = { algorithm: 'SHA1', digits: 6, period: 0 } as const;

function find(
  authenticators: readonly Diagnosed[],
  typed: ReturnType<typeof code>,
  expected: number | null = null,
) {
  const state = { ...STATE, authenticators: () => authenticators, expected };
  const { lockout, factors: _, ...finding } = diagnose(state, typed, NOW, DEFAULT_POLICY);
  expect(lockout.failures, 'each look is a failure').toBe(1);
  return finding;
}

it.each([
  ['of now', one(), code(CURRENT), { finding: 'right_now' }],
  ['of a step before', one(), code(CURRENT - 1), { finding: 'right_now' }],
  ['of a slow clock', one(), code(CURRENT - 7), { finding: 'behind', steps: -7 }],
  ['of a clock an hour ahead', one(), code(CURRENT + 120), { finding: 'ahead', steps: 120 }],
  [
    'that was used',
    one({ factor: { ...FRESH_FACTOR, watermark: CURRENT } }),
    code(CURRENT),
    { finding: 'already_used' },
  ],
  [
    'of an app that takes SHA1',
    one({ parameters: { algorithm: 'SHA256', digits: 6, period: 30 } }),
    code(CURRENT),
    { finding: 'wrong_algorithm' },
  ],
  [
    'of an app that takes 6 digits',
    one({ parameters: { algorithm: 'SHA1', digits: 8, period: 30 } }),
    code(CURRENT),
    { finding: 'wrong_digits' },
  ],
  [
    'of an app that takes 30 s',
    one({ parameters: { algorithm: 'SHA1', digits: 6, period: 60 } }),
    code(CURRENT),
    { finding: 'wrong_period' },
  ],
  ['of a pending one', one({ pending: true }), code(CURRENT), { finding: 'pending' }],
  [
    'of a token in the look-ahead',
    one({
      parameters: { algorithm: 'SHA1', digits: 6, period: 0 },
      factor: { ...FRESH_FACTOR, watermark: 9 },
    }),
    code(15),
    { finding: 'right_now' },
  ],
  [
    'of a token that is far ahead',
    one({
      parameters: { algorithm: 'SHA1', digits: 6, period: 0 },
      factor: { ...FRESH_FACTOR, watermark: 9 },
    }),
    code(60),
    { finding: 'ahead', steps: 50 },
  ],
])('a code %s', (_, authenticator, typed, expected) => {
  expect(find([authenticator], typed)).toEqual({ ...expected, authenticator: 1 });
});

it('a code that nothing shows', () => {
  expect(find([one()], code(CURRENT + 121))).toEqual({ finding: 'no_match' });
  expect(find([one()], code(CURRENT, { secret: OTHER }))).toEqual({ finding: 'no_match' });
});

it('a code of another authenticator than the user says', () => {
  const both = [one(), one({ number: 2, secret: OTHER })];
  expect(find(both, code(CURRENT, { secret: OTHER }), 1)).toEqual({
    finding: 'other_authenticator',
    authenticator: 2,
  });
  expect(find(both, code(CURRENT, { secret: OTHER }))).toEqual({ finding: 'right_now', authenticator: 2 });
});

it('nothing is looked at, and nothing counted, while the client is locked or disabled', () => {
  const authenticators = () => expect.unreachable();
  const lockout = { ...NO_FAILURES, failures: 5, delayedUntil: NOW + 20_000 };
  const state = { ...STATE, lockout, authenticators, previous: () => expect.unreachable() };
  expect(diagnose(state, code(CURRENT), NOW, DEFAULT_POLICY)).toEqual({
    finding: 'locked',
    retryAfter: 20,
    lockout,
    factors: new Map(),
  });
  expect(diagnose({ ...state, disabled: true }, code(CURRENT), NOW, DEFAULT_POLICY)).toEqual({
    finding: 'disabled',
    lockout,
    factors: new Map(),
  });
});

// Seen to fail without withoutStepsToCome: what a look had found could be sent when its step came.
it.each([
  ['of a step to come is used up', one(), CURRENT + 40, [CURRENT + 40]],
  ['of a token far ahead is used up', one({ parameters: HOTP }), 60, [60]],
  ['of now stays good', one(), CURRENT, undefined],
  ['of the end of the window stays good', one(), CURRENT + 1, undefined],
  ['of before is none to come', one(), CURRENT - 7, undefined],
])('a code %s', (_case, authenticator, factor, burnt) => {
  const state = { ...STATE, authenticators: () => [authenticator] };
  const { factors } = diagnose(state, code(factor), NOW, DEFAULT_POLICY);
  expect(factors.get(1)?.burnt).toEqual(burnt);
});

it.each([
  ['of the secret before is named', CURRENT - 100, OTHER, 'previous_secret'],
  ['of the one in use comes first', CURRENT, SECRET, 'right_now'],
  ['of neither is no match', CURRENT + 121, OTHER, 'no_match'],
])('a code %s', (_case, factor, secret, finding) => {
  const { parameters } = one();
  const previous = [OTHER, SECRET].map((before) => ({ parameters, secret: before, watermark: CURRENT - 1 }));
  const state = { ...STATE, authenticators: () => [one()], previous: () => previous };
  const found = diagnose(state, code(factor, { secret }), NOW, DEFAULT_POLICY);
  expect(found.finding).toBe(finding);
  expect(found.factors.size).toBe(0);
});
