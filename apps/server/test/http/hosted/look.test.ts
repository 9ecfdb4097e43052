import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accentColours, DEFAULT_ACCENT } from '../../../src/http/hosted/accent.ts';
import { accentIsReadable, localeFor } from '../../../src/http/hosted/hosted-page.ts';

test.each([
  ['de', undefined, 'de'],
  ['pt-BR', 'de', 'pt'],
  ['ZH-Hant-TW', undefined, 'zh'],
  [null, 'ja', 'ja'],
  [null, 'de-CH;q=0.5, fr;q=0.9, en;q=0.1', 'fr'],
  [null, 'de;q=0, es', 'es'],
  [null, 'nl, sv;q=0.8, ar-EG;q=0.2', 'ar'],
  ['nl', 'it;q=0.3', 'it'],
  [null, '*', 'en'],
  [null, 'de;q=x', 'en'],
  [null, '', 'en'],
  [null, undefined, 'en'],
  ['constructor', '__proto__', 'en'],
] as const)('a link that asks for %s, and a browser that prefers %s, get %s', (asked, preferred, locale) => {
  expect(localeFor(asked, preferred)).toBe(locale);
});

test('a long Accept-Language is read up to a limit', () => {
  expect(localeFor(null, `${'nl,'.repeat(1_000)}de`)).toBe('en');
});

test.each([
  ['#000000', true],
  ['#13607e', true],
  ['#767676', true],
  ['#777777', false],
  ['#ffd400', false],
  ['#ffffff', false],
  ['red', false],
])('white on %s is readable: %s', (accent, isReadable) => {
  expect(accentIsReadable(accent)).toBe(isReadable);
});

const channel = (value: number) => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

test('the text of a button has a contrast of 4.5 : 1 on any accent', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(byte, byte, byte, (red, green, blue) => {
      const hex = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
      const { accent, onAccent } = accentColours(hex);
      const light = 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
      const text = onAccent === '#ffffff' ? 1 : 0;
      expect(accent).toBe(hex);
      expect((Math.max(light, text) + 0.05) / (Math.min(light, text) + 0.05)).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('what is no colour leaves Kanda’s own', () => {
  for (const accent of ['', 'red', '#fff', '#13607e}body{display:none', '#1360zz']) {
    expect(accentColours(accent).accent).toBe(DEFAULT_ACCENT);
  }
});
