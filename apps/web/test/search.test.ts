import MiniSearch from 'minisearch';
import { beforeAll, expect, test } from 'vitest';
import { type Search, searchOf } from '../src/site/search-engine.ts';
import { SEARCH_OPTIONS, type SearchEntry } from '../src/site/search-options.ts';
import { renderedSite } from './built-site.ts';

let index: MiniSearch<SearchEntry>;
let search: Search;
let urls: Set<string>;
beforeAll(async () => {
  const { pages, searchIndex } = await renderedSite();
  urls = new Set(pages.map(({ url }) => url));
  index = MiniSearch.loadJSON<SearchEntry>(searchIndex, SEARCH_OPTIONS);
  search = searchOf(searchIndex);
});

const firstFor = (words: string) =>
  search(words)
    .found.slice(0, 5)
    .map(({ id }) => id);

test.each([
  ['client_exists', '/docs/errors/client_exists'],
  ['client exists', '/docs/errors/client_exists'],
  ['lost phone', '/docs/guides/'],
  ['KANDA_TRUSTED_PROXIES', '/docs/reference/configuration'],
  ['express', '/docs/guides/express'],
  ['backup restore', '/docs/operating/backup'],
  ['validate', '/docs/reference/'],
  ['validateCode', '/docs/reference/api/validateCode'],
  ['POST /api/totp/rotate', '/docs/reference/api/rotateClient'],
  ['advanceSeconds', '/docs/reference/api/advanceTestClock'],
  ['revoke key', '/docs/reference/api/revokeKey'],
  ['bakcup', '/docs/operating/backup'],
  ['dashboard', '/docs/guides/dashboard'],
  ['dashbord', '/docs/guides/dashboard'],
  ['admin console', '/docs/guides/dashboard'],
  ['k8s', '/docs/operating/deploying'],
  ['mfa express', '/docs/guides/express'],
  ['monitoring', '/docs/operating/observability'],
])('%s finds %s among the first five', (words, address) => {
  expect(firstFor(words).filter((id) => id.startsWith(address))).not.toEqual([]);
});

test.each(['constructor', '__proto__'])('%s is a word like any other', (word) => {
  expect(() => search(word)).not.toThrow();
});

test('every result leads to a page', () => {
  const results = index.search(MiniSearch.wildcard);
  expect(results.length).toBeGreaterThan(200);
  expect(results.filter(({ id }) => !urls.has(String(id).split('#')[0] ?? ''))).toEqual([]);
});

test('each page is found once, by its best section', () => {
  for (const words of ['recovery codes', 'client_exists', 'backup', 'no such words: validtae recovry']) {
    const { found, nearest } = search(words);
    const pages = [...found, ...nearest].map(({ id }) => id.split('#')[0]);
    expect(pages.length, words).toBeGreaterThan(0);
    expect(new Set(pages).size, words).toBe(pages.length);
  }
});

test.each(['recovery codes', 'password', 'invalid code', 'locked'])(
  '%s finds a guide before the errors that are named so',
  (words) => {
    const groups = search(words).found.map(({ group }) => group);
    expect(groups).toContain('Guides');
    expect(groups.slice(0, groups.indexOf('Guides'))).not.toContain('Errors');
  },
);

test.each(['client_exists', 'totp_locked', 'recovery_code_invalid'])('%s finds the error first', (code) => {
  expect(search(code).found[0]).toEqual({
    id: `/docs/errors/${code}`,
    title: code,
    heading: '',
    group: 'Errors',
  });
});
