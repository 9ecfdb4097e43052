import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authenticate, precompute } from '../src/hmac.ts';
import { truncate } from '../src/hotp.ts';
import {
  ALGORITHMS,
  type Algorithm,
  createHotpKey,
  type Digits,
  formatCode,
  hotp,
  OtpError,
} from '../src/index.ts';
import { anyAlgorithm, anyDigits, anySecret, referenceCode } from './reference.ts';

const SECRET = new TextEncoder().encode('12345678901234567890');

/** RFC 4226, appendix D: count, HMAC-SHA-1, truncated, code. */
const VECTORS = [
  [0, 'cc93cf18508d94934c64b65d8ba7667fb7cde4b0', 1284755224, '755224'],
  [1, '75a48a19d4cbe100644e8ac1397eea747a2d33ab', 1094287082, '287082'],
  [2, '0bacb7fa082fef30782211938bc1c5e70416ff44', 137359152, '359152'],
  [3, '66c28227d03a2d5529262ff016a1e6ef76557ece', 1726969429, '969429'],
  [4, 'a904c900a64b35909874b33e61c5938a8e15ed1c', 1640338314, '338314'],
  [5, 'a37e783d7b7233c083d4f62926c7a25f238d0316', 868254676, '254676'],
  [6, 'bc9cd28561042c83f219324d3c607256c03272ae', 1918287922, '287922'],
  [7, 'a4fb960c0bc06e1eabb804e5b397cdc4b45596fa', 82162583, '162583'],
  [8, '1b3c89f65e6c9e883012052823443f048b4332db', 673399871, '399871'],
  [9, '1637409809a679dc698207310c8c7fc07290d9e5', 645520489, '520489'],
] as const;

describe('hotp', () => {
  it.each(VECTORS)(
    'RFC 4226 appendix D, count %i: tag %s, truncated %i, code %s',
    (count, tag, value, code) => {
      const message = new Uint8Array(8);
      message[7] = count;
      const computed = authenticate(precompute(SECRET, 'SHA1'), message);
      expect(Buffer.from(computed).toString('hex')).toBe(tag);
      expect(truncate(computed)).toBe(value);

      const key = createHotpKey(SECRET, 'SHA1');
      expect(formatCode(hotp(key, count, 6), 6)).toBe(code);
      expect(hotp(key, count, 8)).toBe(value % 100_000_000);
    },
  );

  it.each([
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 40 + 7,
    2 ** 52 + 2 ** 31 + 3,
    Number.MAX_SAFE_INTEGER,
  ])('writes counter %i as 64 bits, as node:crypto sees it', (counter) => {
    for (const algorithm of ALGORITHMS) {
      const expected = referenceCode(SECRET, algorithm, BigInt(counter), 8);
      expect(formatCode(hotp(createHotpKey(SECRET, algorithm), counter, 8), 8)).toBe(expected);
    }
  });

  it('agrees with node:crypto for any secret, algorithm, counter and number of digits', () => {
    fc.assert(
      fc.property(
        anySecret,
        anyAlgorithm,
        fc.maxSafeNat(),
        anyDigits,
        (secret, algorithm, counter, digits) => {
          const code = formatCode(hotp(createHotpKey(secret, algorithm), counter, digits), digits);
          expect(code).toBe(referenceCode(secret, algorithm, BigInt(counter), digits));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('hashes a secret longer than the block first, on both sides of the boundary', () => {
    for (const algorithm of ALGORITHMS) {
      for (const length of [1, 63, 64, 65, 127, 128, 129, 300]) {
        const secret = new Uint8Array(length).fill(0xa5);
        const code = formatCode(hotp(createHotpKey(secret, algorithm), 1, 8), 8);
        expect(code).toBe(referenceCode(secret, algorithm, 1n, 8));
      }
    }
  });

  it('keeps keys apart, although all of them share the scratch hashes', () => {
    const call = fc.tuple(fc.nat({ max: 5 }), fc.nat());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anySecret, anyAlgorithm), { minLength: 6, maxLength: 6 }),
        fc.array(call, { minLength: 2, maxLength: 20 }),
        (owners, calls) => {
          const keys = owners.map(([secret, algorithm]) => createHotpKey(secret, algorithm));
          for (const [index, counter] of calls) {
            const [secret, algorithm] = owners[index] as [Uint8Array, Algorithm];
            const code = hotp(keys[index] as (typeof keys)[number], counter, 8);
            expect(formatCode(code, 8)).toBe(referenceCode(secret, algorithm, BigInt(counter), 8));
          }
        },
      ),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses counter %s', (counter) => {
    const key = createHotpKey(SECRET, 'SHA1');
    expect(() => hotp(key, counter, 6)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  });

  it.each([0, 5, 7, 9, 6.5, Number.NaN])('refuses %s digits', (digits) => {
    const key = createHotpKey(SECRET, 'SHA1');
    expect(() => hotp(key, 0, digits as Digits)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }),
    );
  });

  it('gives the right code after a call that was refused', () => {
    const key = createHotpKey(SECRET, 'SHA1');
    expect(() => hotp(key, -1, 6)).toThrow(OtpError);
    expect(hotp(key, 0, 6)).toBe(755224);
  });
});

describe('createHotpKey', () => {
  it('refuses an empty secret', () => {
    expect(() => createHotpKey(new Uint8Array(), 'SHA1')).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }),
    );
  });

  it.each(['MD5', 'sha1', '__proto__', 'constructor', ''])('refuses the algorithm %j', (algorithm) => {
    expect(() => createHotpKey(SECRET, algorithm as Algorithm)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }),
    );
  });

  it('does not keep the caller’s bytes: wiping them afterwards changes nothing', () => {
    const secret = SECRET.slice();
    const key = createHotpKey(secret, 'SHA1');
    secret.fill(0);
    expect(hotp(key, 0, 6)).toBe(755224);
  });

  it('leaves the caller’s bytes as they are', () => {
    const secret = SECRET.slice();
    createHotpKey(secret, 'SHA512');
    expect(secret).toEqual(SECRET);
  });

  it('shows nothing of itself when it is printed, logged or serialized', () => {
    const key = createHotpKey(SECRET, 'SHA1');
    expect(inspect(key, { showHidden: true, depth: 9 })).toBe('[redacted]');
    expect(`${key}`).toBe('[redacted]');
    expect(JSON.stringify({ key })).toBe('{"key":"[redacted]"}');
    expect(Reflect.ownKeys(key)).toEqual([]);
  });
});

describe('formatCode', () => {
  it('pads with zeros to the number of digits', () => {
    expect(formatCode(0, 6)).toBe('000000');
    expect(formatCode(81804, 8)).toBe('00081804');
    expect(formatCode(999_999, 6)).toBe('999999');
  });

  it.each([1_000_000, -1, 0.5, Number.NaN])('refuses %s as a code of six digits', (value) => {
    expect(() => formatCode(value, 6)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  });
});

describe('the reference that the tests compare with', () => {
  it('is HMAC-SHA-1 of node:crypto over the counter as a 64-bit integer', () => {
    const message = Buffer.from('0000000000000001', 'hex');
    expect(createHmac('sha1', SECRET).update(message).digest('hex')).toBe(VECTORS[1][1]);
    expect(referenceCode(SECRET, 'SHA1', 1n, 6)).toBe('287082');
  });
});
