import { DEFAULT_PARAMETERS, formatOtpauthUri, parseOtpauthUri } from '@kanda/otp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID_PATTERN, DISPLAY_NAME_PATTERN } from '../../../src/domain/clients/names.ts';

const DISPLAY_NAME = new RegExp(DISPLAY_NAME_PATTERN, 'u');

/** 128 characters of Unicode, which are 256 units of UTF-16. */
const EMOJI_128 = '😀'.repeat(128);

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
    ['an object replacement character and a null notehead', '\ufffc\u{1d159}'],
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
    const invisible = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}]*$/u;
    const units = fc.constantFrom(
      ' ',
      '\u00a0',
      '\u200b',
      '\ufe0f',
      '\u3164',
      '\u2800',
      '\ufffc',
      '\u{1d159}',
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
      expect(DISPLAY_NAME.test(text)).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});
