import fc from 'fast-check';
import { generateURI } from 'otplib';
import { describe, expect, it } from 'vitest';
import {
  encodeBase32,
  formatOtpauthUri,
  type OtpauthAccount,
  type OtpauthTotp,
  OtpError,
  parseOtpauthUri,
} from '../src/index.ts';
import { anyAlgorithm, anyDigits, anyPeriod, anySecret } from './reference.ts';

const SECRET = new TextEncoder().encode('12345678901234567890');
const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const ALICE: OtpauthTotp = {
  type: 'totp',
  issuer: 'Example',
  label: 'alice@example.com',
  secret: SECRET,
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
};

/** Whole characters of any script, without what the contract refuses: colons and control characters. */
const anyText = fc
  .oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' }))
  .map((text) => text.replace(/[:\p{Cc}]/gu, ''));
const anyShared = {
  issuer: anyText,
  label: anyText.filter((text) => text !== ''),
  secret: anySecret,
  algorithm: anyAlgorithm,
  digits: anyDigits,
};
const anyAccount: fc.Arbitrary<OtpauthAccount> = fc.oneof(
  fc.record({ ...anyShared, type: fc.constant('totp' as const), period: anyPeriod }),
  fc.record({ ...anyShared, type: fc.constant('hotp' as const), counter: fc.maxSafeNat() }),
);

const HOSTILE = [
  'a b',
  ' leading and trailing ',
  '%3A',
  '%253A%20',
  '&secret=AAAAAAAA',
  '?secret=AAAAAAAA',
  '#fragment',
  'a/b/../c',
  'a+b',
  'a=b',
  "!'()*",
  '~-._',
  'Ünïcödé',
  '日本語',
  '👩‍👩‍👧',
  '\u202eright to left\u202c',
  '\u200f\u05d0\u05d1',
  'a\u0301',
  '"<img onerror=x>',
  '\\',
  '\ufeffmark',
  '\u2028line',
];

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OtpError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('formatOtpauthUri', () => {
  it('writes issuer and label, and then every parameter, in the order of the contract', () => {
    expect(
      formatOtpauthUri({ ...ALICE, issuer: 'Example Bank', algorithm: 'SHA256', digits: 8, period: 60 }),
    ).toBe(
      `otpauth://totp/Example%20Bank:alice%40example.com?secret=${BASE32}&issuer=Example%20Bank&algorithm=SHA256&digits=8&period=60`,
    );
  });

  it('writes the counter of an HOTP account in place of the period', () => {
    const { period: _, ...shared } = ALICE;
    expect(formatOtpauthUri({ ...shared, type: 'hotp', counter: 17 })).toBe(
      `otpauth://hotp/Example:alice%40example.com?secret=${BASE32}&issuer=Example&algorithm=SHA1&digits=6&counter=17`,
    );
  });

  it('leaves the issuer out when there is none', () => {
    expect(formatOtpauthUri({ ...ALICE, issuer: '' })).toBe(
      `otpauth://totp/alice%40example.com?secret=${BASE32}&algorithm=SHA1&digits=6&period=30`,
    );
  });

  it('encodes everything but unreserved characters, and has one literal colon in the path', () => {
    fc.assert(
      fc.property(anyAccount, (account) => {
        const unreserved = '(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*';
        const path = account.issuer === '' ? unreserved : `${unreserved}:${unreserved}`;
        expect(formatOtpauthUri(account)).toMatch(
          new RegExp(`^otpauth://${account.type}/${path}\\?secret=[A-Z2-7]+&[^?#+ ]*$`),
        );
      }),
    );
  });

  it.each(HOSTILE)('reads back %j exactly in another reader too (WHATWG URL)', (text) => {
    const url = new URL(formatOtpauthUri({ ...ALICE, issuer: text, label: text }));
    const [issuer = '', label = ''] = url.pathname.slice(1).split(':');
    expect(decodeURIComponent(issuer)).toBe(text);
    expect(decodeURIComponent(label)).toBe(text);
    expect(url.hash).toBe('');
    expect([...url.searchParams]).toEqual([
      ['secret', BASE32],
      ['issuer', text],
      ['algorithm', 'SHA1'],
      ['digits', '6'],
      ['period', '30'],
    ]);
  });

  it.each(['a:b', ':', 'a\r\nb', 'a\u0000', '\u007f', '\u0085', '\ud83d', 'a\udc00b'])(
    'refuses %j in issuer and label',
    (text) => {
      expect(codeOf(() => formatOtpauthUri({ ...ALICE, issuer: text }))).toBe('invalid_parameter');
      expect(codeOf(() => formatOtpauthUri({ ...ALICE, label: text }))).toBe('invalid_parameter');
    },
  );

  it.each([
    { label: '' },
    { secret: new Uint8Array() },
    { digits: 7 },
    { period: 0 },
    { period: 29.5 },
    { algorithm: 'sha1' },
    { type: 'steam' },
    { type: 'hotp' },
    { type: 'hotp', counter: -1 },
    { type: 'hotp', counter: 2 ** 53 },
  ])('refuses %j', (wrong) => {
    expect(codeOf(() => formatOtpauthUri({ ...ALICE, ...wrong } as never))).toBe('invalid_parameter');
  });
});

describe('parseOtpauthUri', () => {
  it('reads back exactly what formatOtpauthUri wrote, whatever the account', () => {
    fc.assert(
      fc.property(anyAccount, (account) => {
        expect(parseOtpauthUri(formatOtpauthUri(account))).toEqual(account);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(HOSTILE)('reads back the issuer and label %j', (text) => {
    const account = { ...ALICE, issuer: text, label: text };
    expect(parseOtpauthUri(formatOtpauthUri(account))).toEqual(account);
  });

  it('takes defaults for a missing algorithm, digits and period', () => {
    expect(parseOtpauthUri(`otpauth://totp/Example:alice%40example.com?secret=${BASE32}`)).toEqual(ALICE);
  });

  it('takes counter 0 for one that is missing, and no period, for HOTP', () => {
    const { period: _, ...shared } = ALICE;
    const uri = `otpauth://HOTP/Example:alice%40example.com?secret=${BASE32}`;
    expect(parseOtpauthUri(uri)).toEqual({ ...shared, type: 'hotp', counter: 0 });
    expect(parseOtpauthUri(`${uri}&counter=5&period=60`)).toEqual({ ...shared, type: 'hotp', counter: 5 });
  });

  it('reads what otplib writes', () => {
    const uri = generateURI({ issuer: 'Example', label: 'alice@example.com', secret: BASE32 });
    expect(parseOtpauthUri(uri)).toEqual(ALICE);
  });

  it.each([
    ['a literal colon', 'Example:alice%40example.com'],
    ['an encoded colon', 'Example%3Aalice%40example.com'],
    ['an encoded colon in lower case, and spaces after it', 'Example%3a%20%20alice%40example.com'],
    ['a literal colon and a space as it is', 'Example: alice@example.com'],
    ['no encoding at all', 'Example:alice@example.com'],
  ])('splits issuer and label at %s', (_, path) => {
    expect(parseOtpauthUri(`otpauth://totp/${path}?secret=${BASE32}`)).toEqual(ALICE);
  });

  it('prefers the issuer parameter to the prefix, and needs no prefix', () => {
    const uri = (path: string) => `otpauth://totp/${path}?secret=${BASE32}&issuer=Example`;
    expect(parseOtpauthUri(uri('alice%40example.com'))).toEqual(ALICE);
    expect(parseOtpauthUri(uri('Old%20name:alice%40example.com'))).toEqual(ALICE);
  });

  it('falls back to the prefix when the issuer parameter is empty, and to no issuer at all', () => {
    expect(parseOtpauthUri(`otpauth://totp/Example:a?secret=${BASE32}&issuer=`).issuer).toBe('Example');
    expect(parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}`).issuer).toBe('');
  });

  it('is as tolerant of spelling as apps are', () => {
    expect(
      parseOtpauthUri(
        `OTPAuth://TOTP/alice%40example.com?Secret=gezd+gnbv-gy3tqojqgezdgnbvgy3tqojq&issuer=Example&algorithm=HmacSHA1&image=https%3A%2F%2Fx&&digits=6`,
      ),
    ).toEqual(ALICE);
    expect(parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}&algorithm=sha-512`).algorithm).toBe('SHA512');
    expect(parseOtpauthUri(`otpauth://totp/a?secret=MZXW6%3D%3D%3D`).secret).toHaveLength(3);
    expect(parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}&issuer=Big+Corp`).issuer).toBe('Big Corp');
    expect(parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}#secret=AAAAAAAA`).secret).toEqual(SECRET);
  });

  it.each([
    ['a negative counter', `otpauth://hotp/a?secret=${BASE32}&counter=-1`],
    ['a counter past all numbers', `otpauth://hotp/a?secret=${BASE32}&counter=99999999999999999999`],
    ['an empty counter', `otpauth://hotp/a?secret=${BASE32}&counter=`],
    ['another kind', `otpauth://steam/a?secret=${BASE32}`],
    ['another scheme', `https://totp/a?secret=${BASE32}`],
    ['a scheme in the middle', ` x otpauth://totp/a?secret=${BASE32}`],
    ['an empty text', ''],
    ['no secret', 'otpauth://totp/a'],
    ['an empty secret', 'otpauth://totp/a?secret='],
    ['a secret without a value', 'otpauth://totp/a?secret'],
    ['two secrets', `otpauth://totp/a?secret=${BASE32}&secret=${BASE32}`],
    ['two secrets, one in capitals', `otpauth://totp/a?secret=${BASE32}&SECRET=AAAAAAAA`],
    ['two secrets, one name encoded', `otpauth://totp/a?secret=${BASE32}&%73ecret=AAAAAAAA`],
    ['two periods', `otpauth://totp/a?secret=${BASE32}&period=30&period=60`],
    ['no label', `otpauth://totp/?secret=${BASE32}`],
    ['an empty label after the issuer', `otpauth://totp/Example:?secret=${BASE32}`],
    ['an unknown algorithm', `otpauth://totp/a?secret=${BASE32}&algorithm=MD5`],
    ['an empty algorithm', `otpauth://totp/a?secret=${BASE32}&algorithm=`],
    ['seven digits', `otpauth://totp/a?secret=${BASE32}&digits=7`],
    ['six digits and more', `otpauth://totp/a?secret=${BASE32}&digits=6x`],
    ['period 0', `otpauth://totp/a?secret=${BASE32}&period=0`],
    ['a negative period', `otpauth://totp/a?secret=${BASE32}&period=-30`],
    ['a period with a fraction', `otpauth://totp/a?secret=${BASE32}&period=29.5`],
    ['a period in another notation', `otpauth://totp/a?secret=${BASE32}&period=3e1`],
    ['a period past all numbers', `otpauth://totp/a?secret=${BASE32}&period=99999999999999999999`],
    ['an empty period', `otpauth://totp/a?secret=${BASE32}&period=`],
    ['half a percent sign', `otpauth://totp/a%4?secret=${BASE32}`],
    ['bytes that are not UTF-8', `otpauth://totp/a?secret=${BASE32}&issuer=%ff`],
    ['a line break in the label', `otpauth://totp/a%0D%0Ab?secret=${BASE32}`],
    ['NUL in the issuer', `otpauth://totp/a?secret=${BASE32}&issuer=a%00`],
    ['half a surrogate pair', `otpauth://totp/a\ud83d?secret=${BASE32}`],
  ])('refuses %s', (_, uri) => {
    expect(codeOf(() => parseOtpauthUri(uri))).toBe('invalid_uri');
  });

  it('refuses a secret that is not base32, and says so', () => {
    expect(codeOf(() => parseOtpauthUri('otpauth://totp/a?secret=AAAAAAA1'))).toBe('invalid_base32');
  });

  it('never quotes the secret in its error', () => {
    for (const rest of ['&digits=7', '&secret=A', '&algorithm=x', '&period=x', '&issuer=%ff', '1']) {
      expect(() => parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}${rest}`)).toThrow(
        expect.objectContaining({
          name: 'OtpError',
          message: expect.not.stringContaining(BASE32.slice(0, 4)),
        }),
      );
    }
  });

  it('accepts or refuses any text, and throws nothing but OtpError', () => {
    const uriLike = fc
      .tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
      .map(([path, query]) => `otpauth://totp/${path}?secret=${encodeBase32(SECRET)}&${query}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), uriLike), (text) => {
        expect(['accepted', 'invalid_uri', 'invalid_base32']).toContain(codeOf(() => parseOtpauthUri(text)));
      }),
    );
  });
});
