/** What `npm run build -w @kanda/web` has written. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { weighFirstPaints, weighPages } from '../build/budgets.ts';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const built = (pattern: string) => globSync(pattern, { cwd: DIST }).map((name) => `${DIST}${name}`);

test.each(weighPages())('$page asks for $bytes bytes of JavaScript, of the $budget it may', (weight) => {
  expect(weight.scripts.length).toBeGreaterThan(1);
  expect(weight.bytes).toBeLessThanOrEqual(weight.budget);
});

test.each(weighFirstPaints())('$page is painted after $bytes bytes, of the $budget it may', (weight) => {
  // The page, its style, the theme: each further one would be another wait on a slow line.
  expect(weight.files.length).toBe(3);
  expect(weight.bytes).toBeLessThanOrEqual(weight.budget);
});

test('every page, script and style has a packed form of each kind, of the same content', () => {
  const texts = built('**/*.{html,js,css,json}').filter((path) => statSync(path).size >= 512);
  expect(texts.length).toBeGreaterThan(80);
  for (const path of texts) {
    const text = readFileSync(path);
    expect(brotliDecompressSync(readFileSync(`${path}.br`)).equals(text), path).toBe(true);
    expect(gunzipSync(readFileSync(`${path}.gz`)).equals(text), path).toBe(true);
  }
});

test('no page has a style or a script within', () => {
  const pages = built('**/*.html');
  expect(pages.length).toBeGreaterThan(60);
  for (const path of pages) {
    const html = readFileSync(path, 'utf8');
    expect(
      html.match(/<style|<[a-z][^>]* style=|<[a-z][^>]* on[a-z]+=|<script(?![^>]* src=)/g),
      path,
    ).toBeNull();
  }
});

test('no style sheet holds a data: address, and every font is the one of a Latin subset', () => {
  for (const path of built('assets/*.css'))
    expect(readFileSync(path, 'utf8'), path).not.toContain('url(data:');
  const fonts = built('assets/*.woff2').map((path) => path.split('/').at(-1) ?? '');
  expect(fonts).toHaveLength(2);
  expect(fonts.filter((name) => !name.includes('-latin-wght-normal'))).toEqual([]);
});
