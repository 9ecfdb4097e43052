/** One attempt against a client with several authenticators: one budget, and one acceptance a code. */
import { createHotpKey, hotp, type TotpParameters } from '@kanda/otp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuthenticatorKey,
  type ClientState,
  type Decision,
  decide,
} from '../../../src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { burn, FRESH_FACTOR } from '../../../src/domain/verdicts/methods/method.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';

const PARAMETERS: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 };
const NOW = 1_800_000_000_000;
const T = NOW / 30_000;
const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };

const secret = (fill: number) => new Uint8Array(20).fill(fill);
const phone = (fill: number, parameters: Partial<TotpParameters> = {}): AuthenticatorKey => ({
  method: 'totp',
  key: createHotpKey(secret(fill), 'SHA1'),
  parameters: { ...PARAMETERS, ...parameters },
});
const token = (fill: number): AuthenticatorKey => ({ ...phone(fill, { period: 0 }), method: 'hotp' });

/** A client of these authenticators, none of which was used. */
const clientWith = (...keys: AuthenticatorKey[]): ClientState => ({
  disabled: false,
  pending: false,
  lockout: NO_FAILURES,
  factors: keys.map(() => FRESH_FACTOR),
});

const codeOf = ({ key, parameters }: AuthenticatorKey, factor: number) => ({
  value: hotp(key, factor, parameters.digits),
  digits: parameters.digits,
});

function attempt(
  state: ClientState,
  keys: readonly AuthenticatorKey[],
  code: { value: number; digits: 6 | 8 },
  now = NOW,
  policy: Policy = DEFAULT_POLICY,
): Decision {
  return decide(state, (place) => keys[place] as AuthenticatorKey, code, now, policy);
}

describe('a secret shown with six and with eight digits', () => {
  it('has a code accepted once, whichever digits of it are typed', () => {
    const keys = [phone(1), phone(1, { digits: 8 })];
    const [six, eight] = keys as [AuthenticatorKey, AuthenticatorKey];
    for (const [typed, other] of [
      [six, eight],
      [eight, six],
    ] as const) {
      const once = attempt(clientWith(...keys), keys, codeOf(typed, T));
      expect(once.verdict).toEqual(VALID);
      expect(attempt(once.next, keys, codeOf(other, T)).verdict).toEqual(INVALID);
    }
  });
});

describe('a client with two phones', () => {
  const keys = [phone(1), phone(2)];
  const [first, second] = keys as [AuthenticatorKey, AuthenticatorKey];

  it('accepts the code of either, once, and says which', () => {
    const one = attempt(clientWith(...keys), keys, codeOf(second, T));
    expect([one.verdict, one.accepted]).toEqual([VALID, 1]);
    expect(one.next.factors.map(({ watermark }) => watermark)).toEqual([-1, T]);
    const other = attempt(one.next, keys, codeOf(first, T));
    expect([other.verdict, other.accepted]).toEqual([VALID, 0]);
    for (const key of keys) expect(attempt(other.next, keys, codeOf(key, T)).verdict).toEqual(INVALID);
  });

  it('has one failure budget', () => {
    let state = clientWith(...keys);
    for (let guess = 0; guess < 5; guess++) state = attempt(state, keys, { value: guess, digits: 6 }).next;
    expect(state.lockout.failures).toBe(5);
    expect(attempt(state, keys, codeOf(second, T)).verdict).toEqual({
      valid: false,
      reason: 'locked',
      retryAfter: 30,
    });
  });

  it('counts a wrong code also while the clock was ahead for one of them', () => {
    const ahead = {
      ...clientWith(...keys),
      factors: [{ ...FRESH_FACTOR, watermark: T + 500 }, FRESH_FACTOR],
    };
    const tried = attempt(ahead, keys, { value: 1, digits: 6 });
    expect([tried.record.reason, tried.next.lockout.failures]).toEqual(['invalid_code', 1]);
    const both = { ...ahead, factors: ahead.factors.map((factor) => ({ ...factor, watermark: T + 500 })) };
    const excused = attempt(both, keys, { value: 1, digits: 6 });
    expect([excused.record.reason, excused.next.lockout.failures]).toEqual(['clock_ahead', 0]);
  });
});

describe('a code that two authenticators show', () => {
  it('is accepted once, when both have the same secret', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: -1, max: 1 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.boolean(),
        (moves, followDrift) => {
          const keys = [phone(7), phone(7), phone(7, { digits: 8 })];
          const policy = { ...DEFAULT_POLICY, followDrift };
          const accepted = new Set<string>();
          let state: ClientState = {
            ...clientWith(...keys),
            factors: [FRESH_FACTOR, { ...FRESH_FACTOR, drift: 4 }, FRESH_FACTOR],
          };
          let now = NOW;
          for (const [passes, away] of moves) {
            now += passes;
            const step = Math.floor(now / 30_000) + away + (followDrift && passes % 2 === 0 ? 4 : 0);
            const code = codeOf(keys[0] as AuthenticatorKey, step);
            for (let again = 0; again < 2; again++) {
              const tried = attempt({ ...state, lockout: NO_FAILURES }, keys, code, now, policy);
              state = tried.next;
              if (!tried.verdict.valid) continue;
              expect(accepted.has(`${step}`)).toBe(false);
              accepted.add(`${step}`);
            }
          }
        },
      ),
    );
  });

  it('is accepted once, when they show it by chance in one window', () => {
    // Found by trying: the first counters at which these two tokens show the same six digits.
    const keys = [token(1), token(2)];
    const [one, other] = keys as [AuthenticatorKey, AuthenticatorKey];
    const seen = new Map<number, number>();
    for (let counter = 0; counter < 3_000; counter++) seen.set(codeOf(one, counter).value, counter);
    let shared: { a: number; b: number } | undefined;
    for (let b = 0; b < 3_000 && shared === undefined; b++) {
      const a = seen.get(codeOf(other, b).value);
      if (a !== undefined) shared = { a, b };
    }
    if (shared === undefined) throw new Error('these tokens show no code in common');
    const { a, b } = shared;
    const state: ClientState = {
      ...clientWith(...keys),
      factors: [
        { ...FRESH_FACTOR, watermark: a - 1 },
        { ...FRESH_FACTOR, watermark: b - 3 },
      ],
    };
    const code = codeOf(one, a);
    const once = attempt(state, keys, code);
    expect([once.verdict, once.accepted]).toEqual([VALID, 0]);
    expect(once.next.factors[1]).toEqual({ ...FRESH_FACTOR, watermark: b - 3, burnt: [b] });
    const again = attempt(once.next, keys, code);
    expect([again.verdict, again.record.reason]).toEqual([INVALID, 'code_already_used']);
    // The press after it is accepted, and the burnt counter is forgotten.
    const after = attempt(again.next, keys, codeOf(other, b + 1));
    expect(after.next.factors[1]).toEqual({ ...FRESH_FACTOR, watermark: b + 1 });
  });
});

describe('authenticators with six and with eight digits', () => {
  const keys = [phone(1), phone(2, { digits: 8 })];

  it('are tried by the length of the code', () => {
    const [six, eight] = keys as [AuthenticatorKey, AuthenticatorKey];
    expect(attempt(clientWith(...keys), keys, codeOf(six, T)).accepted).toBe(0);
    expect(attempt(clientWith(...keys), keys, codeOf(eight, T)).accepted).toBe(1);
  });
});

describe('a client without a confirmed authenticator', () => {
  it('is refused as pending, and nothing is counted or opened', () => {
    const state = { ...clientWith(phone(1)), pending: true };
    const tried = attempt(state, [], { value: 1, digits: 6 });
    expect(tried.verdict).toEqual({ valid: false, reason: 'pending' });
    expect(tried.next).toBe(state);
  });
});

describe('burning factors', () => {
  // Seen to fail: as many as before were left, which read as if nothing was to be done.
  it('burns one when a restore has raised the watermark above another', () => {
    const factor = burn({ watermark: 20, burnt: [18], drift: 0 }, [22]);
    expect(factor).toEqual({ watermark: 20, burnt: [22], drift: 0 });
  });

  it('keeps no more than 32 and raises the watermark over the lowest', () => {
    let factor = FRESH_FACTOR;
    for (let one = 1; one <= 40; one++) factor = burn(factor, [one]);
    expect(factor.watermark).toBe(8);
    expect(factor.burnt).toEqual(Array.from({ length: 32 }, (_, index) => index + 9));
  });
});

it('a secret that does not open gives no verdict', () => {
  const unreadable = new Error('sealed for another place');
  const open = (): never => {
    throw unreadable;
  };
  const state = clientWith(phone(1));
  expect(() => decide(state, open, { value: 1, digits: 6 }, NOW, DEFAULT_POLICY)).toThrow(unreadable);
});
