import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hostedPage, localeFor } from '../../../src/http/hosted/hosted-page.ts';
import { TEXTS } from '../../../src/http/hosted/texts/all.ts';
import { durationText, fill } from '../../../src/http/hosted/texts/fill.ts';
import type { HostedTexts } from '../../../src/http/hosted/texts/texts.ts';
import { everyView, GIVEN, LOOK } from './views.ts';

const LOCALES = Object.keys(TEXTS) as (keyof typeof TEXTS)[];
const OTHERS = LOCALES.filter((locale) => locale !== 'en');

/** Each text by the path to it. */
function textsIn(texts: HostedTexts): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: object, path: string) => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string') found.set(`${path}${key}`, inner);
      else walk(inner, `${path}${key}.`);
    }
  };
  walk(texts, '');
  found.delete('direction');
  return found;
}

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

test('there are nine languages, each in a file, and each can be asked for', () => {
  expect(LOCALES).toEqual(['en', 'de', 'fr', 'es', 'pt', 'it', 'ja', 'zh', 'ar']);
  const folder = fileURLToPath(new URL('../../../src/http/hosted/texts/', import.meta.url));
  const files = globSync('??.ts', { cwd: folder }).map((file) => basename(file, '.ts'));
  expect(files.sort()).toEqual([...LOCALES].sort());
  for (const locale of LOCALES) expect(localeFor(locale, undefined)).toBe(locale);
});

describe.each(OTHERS)('in %s', (locale) => {
  const english = textsIn(TEXTS.en);
  const texts = textsIn(TEXTS[locale]);

  test('no text is missing, and none is too many', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
    expect([...texts].filter(([, text]) => text.trim() === '' || text !== text.trim())).toEqual([]);
  });

  test('no text is that of another language', () => {
    for (const other of LOCALES.filter((one) => one !== locale)) {
      const theirs = textsIn(TEXTS[other]);
      const same = [...texts].filter(
        ([path, text]) => /[^\s{}\w:]|\w{12}/.test(text) && theirs.get(path) === text,
      );
      expect(same, other).toEqual([]);
    }
    expect([...texts].filter(([path, text]) => english.get(path) === text)).toEqual([]);
  });

  test('each text has the placeholders of the English one', () => {
    const wrong = [...texts].filter(
      ([path, text]) =>
        JSON.stringify(placeholders(text)) !== JSON.stringify(placeholders(english.get(path) ?? '')),
    );
    expect(wrong).toEqual([]);
  });

  test('every page is whole, with every placeholder filled in', () => {
    const problem = { kind: 'locked', retryAfterSeconds: 300 } as const;
    for (const view of everyView({ ...GIVEN, problem }).values()) {
      const page = hostedPage(view, { ...LOOK, locale });
      expect(page).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`);
      expect(page.replaceAll(/<style>[^<]*<\/style>/g, '')).not.toMatch(/[{}]|undefined/);
    }
  });
});

test('texts of writing systems have letters of theirs', () => {
  const letters = { ja: /[\u3040-\u30FF\u4E00-\u9FFF]/, zh: /[\u4E00-\u9FFF]/, ar: /[\u0600-\u06FF]/ };
  for (const locale of ['ja', 'zh', 'ar'] as const) {
    const without = [...textsIn(TEXTS[locale])].filter(([, text]) => !letters[locale].test(text));
    expect(without).toEqual([]);
  }
});

test('durations are in the language, with its plurals', () => {
  expect(LOCALES.map((locale) => durationText(1, locale))).toEqual([
    '1 second',
    '1 Sekunde',
    '1\u00A0seconde',
    '1 segundo',
    '1 segundo',
    '1 secondo',
    '1 秒',
    '1秒钟',
    'ثانية',
  ]);
  expect(durationText(121, 'ar')).toBe('3 دقائق');
  expect(durationText(120, 'ar')).toBe('دقيقتان');
  expect(durationText(660, 'ar')).toBe('11 دقيقة');
});

describe('a name that is filled in', () => {
  test('keeps its direction between letters of the other', () => {
    expect(fill('Zurück zu {name}', 'ltr', { name: 'Kaffeerösterei' })).toBe('Zurück zu Kaffeerösterei');
    expect(fill('Back to {name}', 'ltr', { name: 'متجر' })).toBe('Back to \u2068متجر\u2069');
    expect(fill('العودة إلى {name}', 'rtl', { name: 'MyApp' })).toBe('العودة إلى \u2068MyApp\u2069');
  });

  test('cannot turn the text around it, nor fill in another', () => {
    expect(fill('To {name}.', 'rtl', { name: 'a\u202E\u2069\u2066b' })).toBe('To \u2068ab\u2069.');
    expect(fill('{name}, {account}', 'ltr', { name: '{account}', account: '$&' })).toBe('{account}, $&');
  });
});
