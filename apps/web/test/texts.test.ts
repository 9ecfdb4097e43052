import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { area, speak } from '../src/texts/areas.ts';
import { de } from '../src/texts/de.ts';
import { en } from '../src/texts/en.ts';
import { ENGLISH, languageFor } from '../src/texts/locale.ts';
import { numberWords, timeFormat, writeIn } from '../src/ui/formats.ts';
import { counted, relativeTime } from '../src/ui/time-words.ts';
import { hardCoded, lookedUpTooSoon } from './hard-coded.ts';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));
const VIEWS = globSync(['api/*.ts', 'dashboard/**/*.{ts,tsx}', 'ui/*.{ts,tsx}'], { cwd: SOURCE })
  .map((path) => path.replaceAll('\\', '/'))
  .sort();
const read = (path: string) => readFileSync(`${SOURCE}${path}`, 'utf8');

afterEach(() => {
  speak(en);
  writeIn(ENGLISH);
});

test('every text is in a language file', () => {
  expect(VIEWS.length).toBeGreaterThan(100);
  const left = VIEWS.flatMap((path) =>
    hardCoded(path, read(path)).map(({ line, words }) => `${path}:${line} ${words}`),
  );
  expect(left).toEqual([]);
});

test('no text is looked up before the language is known', () => {
  const soon = VIEWS.flatMap((path) => lookedUpTooSoon(path, read(path)).map((line) => `${path}:${line}`));
  expect(soon).toEqual([]);
});

test.each([
  ['const a = <p>Sign out</p>;', 'Sign out'],
  ['const a = <p>{here ? "Signed in" : name}</p>;', 'Signed in'],
  ['const a = <button aria-label="close" />;', 'close'],
  ['const a = <Field hint={wrong ? "no" : undefined} />;', 'no'],
  [`const a = <p title={\`\${count} users\`} />;`, '{} users'],
  ['const words = { text: "It ends today." };', 'It ends today.'],
])('%s is found', (source, words) => {
  expect(hardCoded('a.tsx', source)).toEqual([{ line: 1, words }]);
});

test.each([
  'const a = <p className="flex gap-2">{t.signOut}</p>;',
  'const a = <Field label={t.named("x")} />;',
  'const a = state === "Signed in" ? t.one : t.other;',
  "import { a } from './Some words here.ts';",
])('%s has no text of its own', (source) => {
  expect(hardCoded('a.tsx', source)).toEqual([]);
});

test('a text that a module takes while it is loaded is found, and one that it takes later is not', () => {
  expect(lookedUpTooSoon('a.ts', 'const words = [t.one];\nconst later = () => t.one;')).toEqual([1]);
});

test('the language is the chosen one, else the first of the browser that there is, else English', () => {
  expect(languageFor('de', ['en-US'])).toEqual({ locale: 'de', format: 'de' });
  expect(languageFor('de', ['en-US', 'de-AT'])).toEqual({ locale: 'de', format: 'de-AT' });
  expect(languageFor('en', ['de'])).toEqual(ENGLISH);
  expect(languageFor(null, ['fr-FR', 'de-CH', 'en'])).toEqual({ locale: 'de', format: 'de-CH' });
  expect(languageFor(null, ['fr-FR'])).toEqual(ENGLISH);
  expect(languageFor('nonsense', [])).toEqual(ENGLISH);
});

test('a part speaks the other language, whether it was there before the language or comes after it', () => {
  const before = area('ui', en.ui);
  speak(de);
  const after = area('shell', en.shell);
  expect([before.cancel, after.signOut]).toEqual(['Abbrechen', 'Abmelden']);
  expect(en.ui.cancel).toBe('Cancel');
});

test('dates and numbers are written as the reader writes them', () => {
  const at = Date.UTC(2026, 10, 3, 14, 2);
  const date = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  expect([timeFormat(date).format(at), numberWords(12_345.5)]).toEqual(['3 November 2026', '12,345.5']);
  speak(de);
  writeIn({ locale: 'de', format: 'de-DE' });
  expect([timeFormat(date).format(at), numberWords(12_345.5)]).toEqual(['3. November 2026', '12.345,5']);
  expect([relativeTime(at - 3 * 86_400_000, at), counted(1, 'user'), counted(2, 'code')]).toEqual([
    'vor 3 Tagen',
    '1 Benutzer',
    '2 Codes',
  ]);
});

/** Each text by its path: how many values it takes, and of one that is fixed the space around it. */
function shapeOf(texts: object, path = ''): string[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    const here = `${path}${name}`;
    // What goes on in another text begins or ends with a space in both.
    if (typeof text === 'string') return [`${here} ${text.replace(/\S(.*\S)?/s, '-')}`];
    return typeof text === 'function' ? [`${here} ${text.length}`] : shapeOf(text, `${here}.`);
  });
}

test('a German text takes as many values as the English one: none leaves one out', () => {
  expect(shapeOf(de).sort()).toEqual(shapeOf(en).sort());
});
