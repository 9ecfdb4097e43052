import MiniSearch from 'minisearch';
import { beforeAll, expect, test } from 'vitest';
import { SEARCH_OPTIONS, type SearchEntry } from '../src/site/search-options.ts';
import { renderedSite } from './built-site.ts';

let search: MiniSearch<SearchEntry>;
let urls: Set<string>;
beforeAll(async () => {
  const { pages, searchIndex } = await renderedSite();
  urls = new Set(pages.map(({ url }) => url));
  search = MiniSearch.loadJSON<SearchEntry>(searchIndex, SEARCH_OPTIONS);
});

const firstFor = (words: string) =>
  search
    .search(words)
    .slice(0, 5)
    .map(({ id }) => String(id));

test.each([
  ['client_exists', '/docs/errors/client_exists'],
  ['exists', '/docs/errors/client_exists'],
  ['lost phone', '/docs/guides/'],
  ['KANDA_TRUSTED_PROXIES', '/docs/reference/configuration'],
  ['express', '/docs/guides/express'],
  ['backup restore', '/docs/operating/backup'],
  ['validate', '/docs/reference/'],
  ['bakcup', '/docs/operating/backup'],
])('%s finds %s among the first five', (words, address) => {
  expect(firstFor(words).filter((id) => id.startsWith(address))).not.toEqual([]);
});

test('every result leads to a page', () => {
  const results = search.search(MiniSearch.wildcard);
  expect(results.length).toBeGreaterThan(200);
  expect(results.filter(({ id }) => !urls.has(String(id).split('#')[0] ?? ''))).toEqual([]);
});
