import { DEFAULT_PARAMETERS, formatOtpauthUri, parseOtpauthUri } from '@kanda/otp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID_PATTERN, DISPLAY_NAME_PATTERN, isClientId } from '../../../src/domain/clients/names.ts';

const DISPLAY_NAME = new RegExp(DISPLAY_NAME_PATTERN, 'u');

/** 128 characters of Unicode, which are 256 units of UTF-16. */
const EMOJI_128 = '😀'.repeat(128);

describe('a clientId', () => {
  it.each([
    'a',
    '0',
    'user_123',
    'alice@example.com',
    'alice+2fa@example.com',
    'tenant:7:user-9',
    '...',
    '.a',
    'a.',
    '-',
    '__proto__',
    'A'.repeat(128),
    '550e8400-e29b-41d4-a716-446655440000',
  ])('may be %s', (text) => {
    expect(isClientId(text)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['a dot, which URL parsers strip', '.'],
    ['two dots, which URL parsers strip', '..'],
    ['longer than 128 characters', 'A'.repeat(129)],
    ['with a space', 'a b'],
    ['with a line break at its end', 'a\n'],
    ['two dots and a line break', '..\n'],
    ['with a line break before it', '\na'],
    ['with NUL', 'a\u0000'],
    ['with a no-break space', 'a\u00a0'],
    ['with a slash', 'a/b'],
    ['with a backslash', 'a\\b'],
    ['with a percent sign', 'a%2Fb'],
    ['with a semicolon', 'a;x'],
    ['with a question mark', 'a?b'],
    ['with a hash', 'a#b'],
    ['with an accent', 'zoé'],
    ['with full-width digits', 'user１'],
    ['with the Kelvin sign for K', '\u212a'],
    ['with a long s for s', '\u017f'],
    ['with an emoji', '😀'],
    ['with a right-to-left mark', 'a\u200f'],
    ['with half of a surrogate pair', 'a\ud83d'],
  ])('cannot be %s', (_, text) => {
    expect(isClientId(text)).toBe(false);
  });

  it('is 1 to 128 of the allowed characters, but neither dot nor two dots: nothing else passes', () => {
    const allowed = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@+-');
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom(...allowed), maxLength: 132, size: 'max' }),
      fc.string({ unit: fc.constantFrom('.', 'a'), maxLength: 3 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const length = text.length >= 1 && text.length <= 128;
        const expected =
          length && text !== '.' && text !== '..' && [...text].every((one) => allowed.has(one));
        expect(isClientId(text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from a URL path as it went in', () => {
    const ids = fc.stringMatching(/^[A-Za-z0-9._:@+-]{1,128}$/).filter(isClientId);
    fc.assert(
      fc.property(ids, (id) => {
        const url = new URL(`http://kanda/api/totp/clients/${id}/unlock`);
        expect(url.pathname).toBe(`/api/totp/clients/${id}/unlock`);
        const encoded = new URL(`http://kanda/api/totp/clients/${encodeURIComponent(id)}/unlock`);
        expect(decodeURIComponent(encoded.pathname)).toBe(url.pathname);
      }),
    );
  });
});

describe('a label or an issuer', () => {
  it.each([
    ['ASCII', 'Example Bank'],
    ['an address', 'alice@example.com'],
    ['signs that URIs and sheets know', '%3A &secret=x #1 =1+1 "<img>" ?/\\'],
    ['accents, composed or not', 'Zo\u00eb Zoe\u0308'],
    ['Japanese', '山田太郎'],
    ['Arabic', 'مريم'],
    ['a full-width colon', 'a：b'],
    ['a no-break space', 'a\u00a0b'],
    ['one emoji', '😀'],
    ['an emoji that joiners hold together', '👩‍👩‍👧'],
    ['128 ASCII characters', 'a'.repeat(128)],
    ['128 emoji, as length is counted in characters of Unicode', EMOJI_128],
  ])('may be %s', (_, text) => {
    expect(DISPLAY_NAME.test(text)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['longer than 128 ASCII characters', 'a'.repeat(129)],
    ['longer than 128 emoji', `${EMOJI_128}a`],
    ['longer than 128 by what joiners hold together', '👩‍👩‍👧'.repeat(26)],
    ['with a colon', 'a:b'],
    ['with a line feed at its end', 'a\n'],
    ['with a carriage return', 'a\rb'],
    ['with NUL', 'a\u0000'],
    ['with a terminal escape', '\u001b[31m'],
    ['with DEL', 'a\u007f'],
    ['with NEL', 'a\u0085'],
    ['with a line separator', 'a\u2028'],
    ['with a paragraph separator', 'a\u2029'],
    ['with a left-to-right mark', 'a\u200e'],
    ['with a right-to-left mark', 'a\u200f'],
    ['with an Arabic letter mark', 'a\u061c'],
    ['with a right-to-left override', 'a\u202eb'],
    ['with a directional isolate', 'a\u2066b'],
    ['with the first half of a surrogate pair', 'a\ud83d'],
    ['with the second half of a surrogate pair', '\ude00a'],
    ['with surrogates in the wrong order', '\ude00\ud83d'],
    ['a space', ' '],
    ['white space of several kinds', ' \u00a0\u2003\u3000'],
    ['a zero-width space', '\u200b'],
    ['joiners and a variation selector', '\u200d\u200c\ufe0f'],
    ['a byte order mark', '\ufeff'],
    ['fillers of Hangul', '\u3164\u115f\uffa0'],
    ['tags', '\u{e0041}\u{e0042}'],
    ['a Braille blank', '\u2800'],
  ])('cannot be %s', (_, text) => {
    expect(DISPLAY_NAME.test(text)).toBe(false);
  });

  it('cannot hold any mark that reorders text', () => {
    for (let point = 0; point <= 0xffff; point++) {
      const mark = String.fromCodePoint(point);
      if (/\p{Bidi_Control}/u.test(mark))
        expect(DISPLAY_NAME.test(`a${mark}`), point.toString(16)).toBe(false);
    }
  });

  it('shows something', () => {
    const invisible = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
    const units = fc.constantFrom(
      ' ',
      '\u00a0',
      '\u200b',
      '\ufe0f',
      '\u3164',
      '\u2800',
      '\u{e0100}',
      'a',
      '\u0301',
    );
    fc.assert(
      fc.property(fc.string({ unit: units, minLength: 1, maxLength: 8 }), (text) => {
        expect(DISPLAY_NAME.test(text)).toBe(!invisible.test(text));
      }),
    );
  });

  it('comes back from the otpauth URL as it went in', () => {
    const parts = fc.constantFrom(
      '%3A',
      '&secret=',
      '#',
      '?',
      '+',
      ' ',
      '%',
      '/',
      '..',
      '😀',
      'é',
      'ش',
      '：',
      'a',
    );
    const names = fc
      .oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: parts, maxLength: 20 }))
      .filter((text) => DISPLAY_NAME.test(text));
    fc.assert(
      fc.property(names, names, (label, issuer) => {
        const secret = new Uint8Array(20).fill(1);
        const uri = formatOtpauthUri({ type: 'totp', label, issuer, secret, ...DEFAULT_PARAMETERS });
        expect(parseOtpauthUri(uri)).toMatchObject({ label, issuer });
        // And as a reader sees it that knows URLs and nothing of Kanda.
        const { pathname, searchParams } = new URL(uri);
        expect(decodeURIComponent(pathname)).toMatch(`${issuer}:${label}`);
        expect(searchParams.getAll('issuer')).toEqual([issuer]);
        expect(searchParams.getAll('secret')).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('both patterns', () => {
  it.each([CLIENT_ID_PATTERN, DISPLAY_NAME_PATTERN])(
    'are anchored and compile with the u flag: %s',
    (source) => {
      expect(source.startsWith('^') && source.endsWith('$')).toBe(true);
      expect(() => new RegExp(source, 'u')).not.toThrow();
    },
  );

  it('answer at once for long text', () => {
    const started = performance.now();
    for (const text of ['.'.repeat(1_000_000), `${'a'.repeat(1_000_000)}:`, ' '.repeat(1_000_000)]) {
      expect(isClientId(text)).toBe(false);
      expect(DISPLAY_NAME.test(text)).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});
