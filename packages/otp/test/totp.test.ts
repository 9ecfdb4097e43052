import fc from 'fast-check';
import { createGuardrails, generateSync } from 'otplib';
import { describe, expect, it } from 'vitest';
import {
  ALGORITHMS,
  type Algorithm,
  createHotpKey,
  DEFAULT_PARAMETERS,
  type Digits,
  formatCode,
  hotp,
  matchingStep,
  parseCode,
  stepAt,
  stepStart,
  totp,
  windowAround,
} from '../src/index.ts';
import { anyAlgorithm, anyDigits, anyPeriod, anySecret, anyTime, referenceCode } from './reference.ts';

const refused = expect.objectContaining({ name: 'OtpError', code: 'invalid_parameter' });

/** RFC 6238, appendix B; the secrets of the reference code are as long as each hash's output. */
const SECRETS: Record<Algorithm, Uint8Array> = {
  SHA1: new TextEncoder().encode('1234567890'.repeat(2)),
  SHA256: new TextEncoder().encode('1234567890'.repeat(4).slice(0, 32)),
  SHA512: new TextEncoder().encode('1234567890'.repeat(7).slice(0, 64)),
};
const VECTORS = [
  [59, 0x1, { SHA1: '94287082', SHA256: '46119246', SHA512: '90693936' }],
  [1111111109, 0x23523ec, { SHA1: '07081804', SHA256: '68084774', SHA512: '25091201' }],
  [1111111111, 0x23523ed, { SHA1: '14050471', SHA256: '67062674', SHA512: '99943326' }],
  [1234567890, 0x273ef07, { SHA1: '89005924', SHA256: '91819424', SHA512: '93441116' }],
  [2000000000, 0x3f940aa, { SHA1: '69279037', SHA256: '90698825', SHA512: '38618901' }],
  [20000000000, 0x27bc86aa, { SHA1: '65353130', SHA256: '77737706', SHA512: '47863826' }],
] as const;

/** otplib guards against unusual secrets and periods; here it is to compute them. */
const guardrails = createGuardrails({
  MIN_SECRET_BYTES: 1,
  MAX_SECRET_BYTES: 1000,
  MIN_PERIOD: 1,
  MAX_PERIOD: 86_400,
});
const lowerCase = { SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' } as const;

function otplibCode(
  secret: Uint8Array,
  timeMs: number,
  algorithm: Algorithm,
  digits: Digits,
  period: number,
): string {
  const epoch = Math.floor(timeMs / 1000);
  return generateSync({ secret, epoch, algorithm: lowerCase[algorithm], digits, period, guardrails });
}

describe('totp', () => {
  for (const [seconds, step, codes] of VECTORS) {
    for (const algorithm of ALGORITHMS) {
      it(`RFC 6238 appendix B, ${seconds} s, ${algorithm}: ${codes[algorithm]}`, () => {
        const key = createHotpKey(SECRETS[algorithm], algorithm);
        expect(stepAt(seconds * 1000, 30)).toBe(step);
        expect(totp(key, seconds * 1000, { algorithm, digits: 8, period: 30 })).toBe(codes[algorithm]);
      });
    }
  }

  it.each([
    ['the last second that 31 bits can count', '2038-01-19T03:14:07Z'],
    ['the second after it', '2038-01-19T03:14:08Z'],
    ['the last second that 32 bits can count', '2106-02-07T06:28:15Z'],
    ['the second after it', '2106-02-07T06:28:16Z'],
    ['a step number past 32 bits, with 30-second steps', '6053-01-23T02:08:00Z'],
    ['the last year of four digits', '9999-12-31T23:59:59Z'],
  ])('agrees with node:crypto and otplib at %s, %s', (_, moment) => {
    const timeMs = Date.parse(moment);
    for (const algorithm of ALGORITHMS) {
      const code = totp(createHotpKey(SECRETS[algorithm], algorithm), timeMs, {
        algorithm,
        digits: 8,
        period: 30,
      });
      expect(code).toBe(referenceCode(SECRETS[algorithm], algorithm, BigInt(timeMs) / 30_000n, 8));
      expect(code).toBe(otplibCode(SECRETS[algorithm], timeMs, algorithm, 8, 30));
    }
  });

  it('agrees with otplib for any secret, algorithm, digits, period and time', () => {
    fc.assert(
      fc.property(
        anySecret,
        anyAlgorithm,
        anyDigits,
        anyPeriod,
        anyTime,
        (secret, algorithm, digits, period, time) => {
          const code = totp(createHotpKey(secret, algorithm), time, { algorithm, digits, period });
          expect(code).toBe(otplibCode(secret, time, algorithm, digits, period));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses a key that was made for another algorithm', () => {
    const key = createHotpKey(SECRETS.SHA256, 'SHA256');
    expect(() => totp(key, 0, DEFAULT_PARAMETERS)).toThrow(refused);
  });

  it.each([
    { algorithm: 'MD5' },
    { digits: 7 },
    { period: 0 },
    { period: 1.5 },
    { period: Number.NaN },
    { period: -30 },
  ])('refuses the parameters %j', (wrong) => {
    const key = createHotpKey(SECRETS.SHA1, 'SHA1');
    expect(() => totp(key, 0, { ...DEFAULT_PARAMETERS, ...wrong } as never)).toThrow(refused);
  });
});

describe('stepAt and stepStart', () => {
  it('change step exactly at the boundary', () => {
    expect(stepAt(0, 30)).toBe(0);
    expect(stepAt(29_999, 30)).toBe(0);
    expect(stepAt(30_000, 30)).toBe(1);
    expect(stepStart(1, 30)).toBe(30_000);
  });

  it('agree for any period: a moment lies at or after its step’s start and before the next one’s', () => {
    fc.assert(
      fc.property(anyTime, anyPeriod, (time, period) => {
        const step = stepAt(time, period);
        expect(stepStart(step, period)).toBeLessThanOrEqual(time);
        expect(stepStart(step + 1, period)).toBeGreaterThan(time);
        expect(step).toBe(Number(BigInt(time) / BigInt(period * 1000)));
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuse %s as a time or a step', (value) => {
    expect(() => stepAt(value, 30)).toThrow(refused);
    expect(() => stepStart(value, 30)).toThrow(refused);
  });

  it.each([0, -30, 29.5, Number.NaN])('refuse a period of %s seconds', (period) => {
    expect(() => stepAt(0, period)).toThrow(refused);
    expect(() => stepStart(0, period)).toThrow(refused);
  });

  it('refuse a step whose start no number holds exactly', () => {
    expect(() => stepStart(Number.MAX_SAFE_INTEGER, 30)).toThrow(refused);
  });
});

describe('windowAround', () => {
  it('lists the steps on both sides, highest first', () => {
    expect(windowAround(10, 1)).toEqual([11, 10, 9]);
    expect(windowAround(10, 2)).toEqual([12, 11, 10, 9, 8]);
    expect(windowAround(10, 0)).toEqual([10]);
  });

  it('never goes below step 0', () => {
    expect(windowAround(0, 1)).toEqual([1, 0]);
    expect(windowAround(1, 3)).toEqual([4, 3, 2, 1, 0]);
  });

  it('refuses a step or a skew that is not a whole number from 0 on', () => {
    expect(() => windowAround(-1, 1)).toThrow(refused);
    expect(() => windowAround(1, -1)).toThrow(refused);
    expect(() => windowAround(1, 0.5)).toThrow(refused);
    expect(() => windowAround(Number.MAX_SAFE_INTEGER, 1)).toThrow(refused);
  });
});

describe('matchingStep', () => {
  const key = createHotpKey(SECRETS.SHA1, 'SHA1');

  it('finds the step that a code belongs to, wherever it is in the window', () => {
    for (const step of windowAround(1000, 1)) {
      expect(matchingStep(key, hotp(key, step, 6), windowAround(1000, 1), 6)).toBe(step);
    }
  });

  it('answers null for a code of no given step, and for no steps at all', () => {
    expect(matchingStep(key, hotp(key, 1002, 8), windowAround(1000, 1), 8)).toBeNull();
    expect(matchingStep(key, hotp(key, 1000, 8), [], 8)).toBeNull();
  });

  it('finds step 0', () => {
    expect(matchingStep(key, 755224, [1, 0], 6)).toBe(0);
  });

  it('answers the highest step when two share a code, in whichever order they are given', () => {
    const [low, high] = stepsWithEqualCodes();
    const code = hotp(key, low, 6);
    expect(matchingStep(key, code, [low, high], 6)).toBe(high);
    expect(matchingStep(key, code, [high, low], 6)).toBe(high);
  });

  it('computes every step also when the first one matches: an invalid step behind it is still noticed', () => {
    expect(() => matchingStep(key, hotp(key, 5, 6), [5, 4, -1], 6)).toThrow(refused);
  });

  it('does not take a code of six digits for one of eight', () => {
    expect(hotp(key, 0, 8)).not.toBe(hotp(key, 0, 6));
    expect(matchingStep(key, hotp(key, 0, 6), [0], 8)).toBeNull();
  });

  function stepsWithEqualCodes(): [number, number] {
    const seen = new Map<number, number>();
    for (let step = 0; ; step++) {
      const code = hotp(key, step, 6);
      const earlier = seen.get(code);
      if (earlier !== undefined) return [earlier, step];
      seen.set(code, step);
    }
  }
});

describe('parseCode', () => {
  it('reads exactly what formatCode writes', () => {
    fc.assert(
      fc.property(anyDigits, fc.nat({ max: 999_999 }), (digits, value) => {
        expect(parseCode(formatCode(value, digits), digits)).toBe(value);
      }),
    );
    expect(parseCode('000000', 6)).toBe(0);
    expect(parseCode('99999999', 8)).toBe(99_999_999);
  });

  it.each([
    '',
    '12345',
    '1234567',
    '12345678',
    ' 123456',
    '123456 ',
    '123456\n',
    '12 456',
    '\u00a012345', // a no-break space
    '12345a',
    '-12345',
    '+12345',
    '1e0005',
    '0x1234',
    '12345.',
    '１２３４５６', // full-width
    '\u0661\u0662\u0663\u0664\u0665\u0666', // Arabic
    '12345\u0000',
  ])('answers null for %j as a code of six digits', (text) => {
    expect(parseCode(text, 6)).toBeNull();
  });

  it.each([123456, ['123456'], [1, 2, 3, 4, 5, 6], null, undefined, { length: 6 }])(
    'answers null for %j, which is not a string',
    (value) => {
      expect(parseCode(value as never, 6)).toBeNull();
    },
  );

  it('refuses to read a code of seven digits', () => {
    expect(() => parseCode('1234567', 7 as Digits)).toThrow(refused);
  });
});
