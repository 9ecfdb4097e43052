import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT_ID_PATTERN, readClientId } from '../src/client-id.ts';

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
    'auth0|5f7c',
    "o'brien@example.com",
    'Alice B. Smith',
    'a  b',
    'https://idp.example/users/7?a=b&c=d#e',
    'DOMAIN\\alice',
    'a//b',
    'a/...',
    '100%',
    '%2F',
    '%00',
    '"a","b"',
    '=1+1',
    '<img src=x>',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is no template here either
    '${jndi:ldap://x}',
    'Zo\u00eb',
    'Стас',
    'مريم',
    'שלום',
    '山田 太郎',
    'नमस्ते',
    '😀',
    '\u{20000}',
    EMOJI_128,
  ])('may be %s, and stays as it is', (text) => {
    expect(readClientId(text)).toEqual({ clientId: text });
  });

  it.each([
    ['an accent of its own', 'Zoe\u0308', 'Zo\u00eb'],
    ['the Kelvin sign', '\u212a', 'K'],
    ['the letters of a syllable', '\u1112\u1161\u11ab', '\ud55c'],
    ['a character with three marks', '\u03b1\u0313\u0300\u0345', '\u1f82'],
    ['512 code points that are 128', '\u03b1\u0313\u0300\u0345'.repeat(128), '\u1f82'.repeat(128)],
  ])('with %s is the one in NFC', (_, text, clientId) => {
    expect(readClientId(text)).toEqual({ clientId });
  });

  it.each([
    ['empty', '', 'must not be empty'],
    ['a dot, which URL parsers strip', '.', 'must not be "." or ".."'],
    ['two dots, which URL parsers strip', '..', 'must not be "." or ".."'],
    ['a way up', '../keys', 'must not have "." or ".." between slashes'],
    ['a way up within', 'a/../b', 'must not have "." or ".." between slashes'],
    ['a way up at its end', 'a\\..', 'must not have "." or ".." between slashes'],
    ['longer than 128 characters', 'A'.repeat(129), 'must have 128 characters at most, and has 129'],
    ['longer than 128 emoji', `${EMOJI_128}a`, 'must have 128 characters at most, and has 129'],
    ['longer than 128 in NFC', '\ufb2c'.repeat(43), 'must have 128 characters at most, and has 129'],
    ['longer than is looked at', 'a'.repeat(100_000), 'must have 128 characters at most'],
    ['with a space before it', ' a', 'must not begin with white space, which is U+0020'],
    ['with a space behind it', 'a ', 'must not end with white space, which is U+0020'],
    ['a space', ' ', 'must not begin with white space, which is U+0020'],
    ['with a no-break space behind it', 'a\u00a0', 'must not end with white space, which is U+00A0'],
    ['with a line break at its end', 'a\n', 'must not end with white space, which is U+000A'],
    ['with a line break before it', '\na', 'must not begin with white space, which is U+000A'],
    ['with NUL', 'a\u0000b', 'must not have a control character: character 2 is U+0000'],
    ['with a terminal escape', '\u001b[31m', 'must not have a control character: character 1 is U+001B'],
    ['with DEL', 'ab\u007fc', 'must not have a control character: character 3 is U+007F'],
    ['with CSI', '😀\u009b31m', 'must not have a control character: character 2 is U+009B'],
    [
      'with a line separator',
      'a\u2028b',
      'must not have a line or paragraph separator: character 2 is U+2028',
    ],
    ['with a no-break space', 'a\u00a0b', 'must not have a space other than U+0020: character 2 is U+00A0'],
    [
      'with an ideographic space',
      '山田\u3000太郎',
      'must not have a space other than U+0020: character 3 is U+3000',
    ],
    [
      'with a right-to-left mark',
      'a\u200f',
      'must not have a character that reorders text: character 2 is U+200F',
    ],
    ['with an override', 'a\u202eb', 'must not have a character that reorders text: character 2 is U+202E'],
    ['with a zero-width space', 'a\u200bb', 'must not have an invisible character: character 2 is U+200B'],
    ['with a joiner', '👩\u200d👧', 'must not have an invisible character: character 2 is U+200D'],
    ['with a variation selector', '❤\ufe0f', 'must not have an invisible character: character 2 is U+FE0F'],
    ['with a soft hyphen', 'a\u00adb', 'must not have an invisible character: character 2 is U+00AD'],
    ['with a byte order mark', '\ufeffa', 'must not have an invisible character: character 1 is U+FEFF'],
    ['with a filler of Hangul', 'a\u3164', 'must not have an invisible character: character 2 is U+3164'],
    ['with a Braille blank', 'a\u2800b', 'must not have an invisible character: character 2 is U+2800'],
    [
      'with an object replacement character',
      'a\ufffcb',
      'must not have an invisible character: character 2 is U+FFFC',
    ],
    ['with a null notehead', 'a\u{1d159}b', 'must not have an invisible character: character 2 is U+1D159'],
    ['with a tag', 'a\u{e0041}', 'must not have an invisible character: character 2 is U+E0041'],
    [
      'with a private-use character',
      'a\ue000',
      'must not have a private-use character: character 2 is U+E000',
    ],
    [
      'with an unassigned character',
      'a\u0378',
      'must not have an unassigned character: character 2 is U+0378',
    ],
    [
      'with a replacement character',
      'M\ufffdller',
      'must not have a replacement character: character 2 is U+FFFD',
    ],
    ['with a noncharacter', 'a\uffff', 'must not have an unassigned character: character 2 is U+FFFF'],
    [
      'with half of a surrogate pair',
      'a\ud83d',
      'must not have half of a surrogate pair: character 2 is U+D83D',
    ],
  ])('cannot be %s', (_, text, problem) => {
    expect(readClientId(text)).toEqual({ problem });
  });

  it('that was accepted before other characters were is the same id still', () => {
    const ids = fc.stringMatching(/^[A-Za-z0-9._:@+-]{1,128}$/).filter((id) => !/^\.{1,2}$/.test(id));
    fc.assert(
      fc.property(ids, (id) => {
        expect(readClientId(id)).toEqual({ clientId: id });
      }),
    );
  });

  it('is one however it is composed, and comes back from a URL path as it went in', () => {
    const ids = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('/', '\\', '.', '%', '2F', '?', '#', ';', 'é', 'e\u0301', ' ') }),
    );
    fc.assert(
      fc.property(ids, (text) => {
        const read = readClientId(text);
        if ('problem' in read) return;
        const { clientId } = read;
        for (const spelling of [clientId, text.normalize('NFC'), text.normalize('NFD')])
          expect(readClientId(spelling)).toEqual(read);
        expect([...clientId].length).toBeLessThanOrEqual(128);
        const encoded = new URL(`http://kanda/api/totp/clients/${encodeURIComponent(clientId)}/unlock`);
        const [, , , , part = '', last, ...more] = encoded.pathname.split('/');
        expect([decodeURIComponent(part), last, more]).toEqual([clientId, 'unlock', []]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is judged alike by every character, and never against the pattern that openapi.json has', () => {
    const pattern = new RegExp(CLIENT_ID_PATTERN, 'u');
    for (let point = 0; point <= 0x10ffff; point++) {
      const text = `a${String.fromCodePoint(point)}a`;
      const taken = 'clientId' in readClientId(text);
      const printable =
        point === 0x20 ||
        !/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\ufffc\ufffd\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u.test(
          text,
        );
      if (taken !== printable) expect([point.toString(16), taken]).toEqual([point.toString(16), printable]);
      if (taken && !pattern.test(text)) expect(`U+${point.toString(16)}`).toBe('in the pattern');
    }
  });

  it('is at once refused when it is long', () => {
    const started = performance.now();
    for (const text of ['.'.repeat(1_000_000), '\u0301'.repeat(1_000_000), '/..'.repeat(300_000)])
      expect(readClientId(text)).toEqual({ problem: 'must have 128 characters at most' });
    expect(performance.now() - started).toBeLessThan(500);
  });
});
