/**
 * No text makes a page lead to an origin that is not listed: what is given back is judged as a browser reads it.
 *
 * Seen to fail: with `text.startsWith(origin)` in place of the comparison of origins, `https://app.example.com.evil.example`
 * and `https://app.example.com:444` passed.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { returnOrigin, returnUrlIn, withResultOf } from '../../../src/domain/links/return-url.ts';

const LISTED = ['https://app.example.com', 'http://localhost:5173'];
const RESULT = 'abcdefghijklmnopqrstuvwxyz234567';

/** Pieces of which addresses that mislead are made. */
const piece = fc.constantFrom(
  ...LISTED,
  'https:',
  'http:',
  'javascript:',
  'data:',
  '//',
  '/',
  '\\',
  '@',
  ':',
  '.',
  '?',
  '#',
  '%2f',
  '%40',
  '\t',
  '\n',
  ' ',
  'evil.example',
  'app.example.com',
  'APP.example.com',
  'аpp.example.com',
  '。',
  '[::1]',
  '443',
  'result=x',
  '..',
  '\u0000',
  '\u202e',
);
const misleading = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const anything = fc.oneof(
  misleading,
  fc.webUrl(),
  fc.string({ unit: 'binary' }),
  misleading.map((rest) => `${LISTED[0]}${rest}`),
);

describe('a return URL', () => {
  it('that is taken leads to a listed origin with the result, however it is written', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const taken = returnUrlIn(text, LISTED);
        if (taken === null) return;
        const url = new URL(withResultOf(taken, RESULT));
        expect(LISTED).toContain(url.origin);
        expect([url.username, url.password]).toEqual(['', '']);
        expect(url.searchParams.getAll('result')).toEqual([RESULT]);
        // A second reader of the same text sees the same place.
        expect(new URL(url.href).href).toBe(url.href);
      }),
      { numRuns: 20_000 },
    );
  });

  it('of a listed origin is taken, with its path, query and fragment', () => {
    for (const text of [LISTED[0], `${LISTED[0]}/a?b=c#d`, `${LISTED[1]}/x`])
      expect(returnUrlIn(text ?? '', LISTED)).not.toBeNull();
    expect(withResultOf('https://app.example.com/a?b=c#d', 'r')).toBe(
      'https://app.example.com/a?b=c&result=r#d',
    );
    expect(withResultOf('https://app.example.com/', 'r')).toBe('https://app.example.com/?result=r');
  });

  it.each([
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://evil.example\\@app.example.com',
    '//app.example.com/',
    'https://app.example.com:444/',
    'http://app.example.com/',
    'javascript:alert(1)',
    'https://user@app.example.com/',
    'https://app.example.com/?result=mine',
    'https://app.example.com/\n',
  ])('%j is refused', (text) => {
    expect(returnUrlIn(text, LISTED)).toBeNull();
  });
});

describe('an origin', () => {
  it('that is taken is one, over HTTPS or on this machine', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const origin = returnOrigin(text);
        if (origin === null) return;
        expect(new URL(origin).origin).toBe(origin);
        expect(origin).toMatch(/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$))/);
      }),
      { numRuns: 5_000 },
    );
  });
});
