/** What holds for every page of the static site, also for future documents. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../build/site-pages.ts';
import { guarantees } from '../pages/front-guarantees.ts';
import { textOf } from '../pages/html.ts';
import { repositoryAt } from '../pages/repository.ts';
import type { Page } from '../pages/shell.tsx';
import { CALL_LANGUAGES } from '../pages/snippets/languages.ts';
import { renderedSite } from './built-site.ts';

/** Addresses that the server answers, besides the pages. */
const SERVED = [
  '/dashboard',
  '/dashboard/clients',
  '/dashboard/keys',
  '/dashboard/logs',
  '/dashboard/playground',
  '/openapi.json',
  '/.well-known/security.txt',
  '/LICENSE.txt',
  '/favicon.svg',
  '/theme.js',
];

let pages: Page[];
beforeAll(async () => {
  ({ pages } = await renderedSite());
});

const tagsOf = (html: string) => html.match(/<[a-z][^>]*>/g) ?? [];

describe('every page', () => {
  test('leads only to pages and headings that exist', () => {
    const anchors = new Map(
      pages.map(({ url, html }) => [
        url,
        new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)),
      ]),
    );
    const broken = pages.flatMap(({ url, html }) =>
      [...html.matchAll(/<a [^>]*href="([^"]+)"/g)]
        .map(([, href = '']) => href)
        .filter((href) => !leads(href, url, anchors))
        .map((href) => `${url} → ${href}`),
    );
    expect(broken).toEqual([]);
  });

  test('has no style and no script within, which the policy would refuse', () => {
    const offending = pages.flatMap(({ url, html }) => [
      ...tagsOf(html)
        .filter((tag) => / style=| on[a-z]+=|<style|javascript:/.test(tag))
        .map((tag) => `${url}: ${tag}`),
      ...(/<script(?![^>]* src=)/.test(html) ? [`${url}: a script with text`] : []),
    ]);
    expect(offending).toEqual([]);
  });

  test('has one title, one main part, a description, and no heading that skips a level', () => {
    for (const { url, html } of pages) {
      expect(html.match(/<h1[ >]/g), url).toHaveLength(1);
      expect(html.match(/<main /g), url).toHaveLength(1);
      expect(/<meta name="description" content="[^"]{10,}/.test(html), `${url}: description`).toBe(true);
      const levels = [...html.slice(html.indexOf('<main ')).matchAll(/<h([1-6])[ >]/g)].map(([, level]) =>
        Number(level),
      );
      const skips = levels.filter((level, index) => level > (levels[index - 1] ?? 1) + 1);
      expect(skips, `${url}: headings that skip a level`).toEqual([]);
    }
  });

  test('has no id twice', () => {
    for (const { url, html } of pages) {
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        url,
      ).toEqual([]);
    }
  });

  // Seen to fail while a document's picture was asked for below the page's own folder.
  test('shows no picture that the site does not have', () => {
    const root = repositoryRoot();
    const shown = pages.flatMap(({ url, html }) =>
      [...html.matchAll(/<img [^>]*src="(?!data:)([^"]+)"/g)].map(([, src = '']) => ({ url, src })),
    );
    expect(shown.some(({ src }) => src.endsWith('.svg'))).toBe(true);
    const missing = shown.filter(({ src }) => src.startsWith('/docs/') && !existsSync(`${root}${src}`));
    expect([...missing, ...shown.filter(({ src }) => !src.startsWith('/'))]).toEqual([]);
  });

  test('asks no other host for anything', () => {
    const asked = pages.flatMap(({ html }) =>
      tagsOf(html)
        .filter((tag) => !tag.startsWith('<a '))
        .flatMap((tag) => tag.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g) ?? []),
    );
    expect(asked).toEqual([]);
  });
});

test('there is a page for every document, error code and problem type', () => {
  const root = repositoryRoot();
  const urls = new Set(pages.map(({ url }) => url));
  const documents = globSync('docs/{start,guides,moving,reference,operating,errors,decisions}/*.md', {
    cwd: root,
  })
    .filter((path) => !path.endsWith('README.md'))
    .map((path) => `/${path.replaceAll('\\', '/').replace(/\.md$/, '')}`);
  expect(documents.length).toBeGreaterThan(50);
  expect(documents.filter((url) => !urls.has(url))).toEqual([]);

  const { components } = JSON.parse(readFileSync(`${root}/openapi.json`, 'utf8'));
  const codes: string[] = components.schemas.Problem.properties.code['x-extensible-enum'];
  expect(codes.filter((code) => !urls.has(`/docs/errors/${code}`))).toEqual([]);
});

describe('the reference of the API', () => {
  const operations = () => {
    const { paths } = JSON.parse(readFileSync(`${repositoryRoot()}/openapi.json`, 'utf8'));
    return Object.values<Record<string, DescribedOperation>>(paths).flatMap((methods) =>
      Object.values(methods),
    );
  };
  const htmlOf = (url: string) => pages.find((page) => page.url === url)?.html ?? '';

  test('has an index in which every operation keeps the fragment that it had, and leads to its page', () => {
    const index = htmlOf('/docs/reference/api');
    expect(operations().length).toBeGreaterThan(30);
    for (const { operationId } of operations()) {
      expect(index).toContain(` id="${operationId}"`);
      expect(index).toContain(` href="/docs/reference/api/${operationId}"`);
    }
  });

  test('has a page for each operation, with each status of success and an example in every language', () => {
    for (const { operationId, responses } of operations()) {
      const page = htmlOf(`/docs/reference/api/${operationId}`);
      for (const status of Object.keys(responses).filter((one) => one < '300'))
        expect(page, operationId).toContain(` id="answer-${status}"`);
      for (const { id } of CALL_LANGUAGES)
        expect(page.match(new RegExp(`class="in-language ${id}"`, 'g')), operationId).toHaveLength(1);
    }
  });

  test('explains on it every code with which the operation refuses', () => {
    for (const { operationId, 'x-error-codes': codes } of operations()) {
      const page = htmlOf(`/docs/reference/api/${operationId}`);
      const explained = [...page.matchAll(/<dt><a href="\/docs\/errors\/(\w+)">/g)].map(([, code]) => code);
      expect(explained, operationId).toEqual([...codes.own, ...codes.general]);
    }
  });

  test('goes from each operation to the next, from the first to the last', () => {
    const order: string[] = [];
    for (let url: string | undefined = '/docs/reference/api/registerAccount'; url !== undefined; ) {
      order.push(url);
      url = /<a href="([^"]+)" rel="next">/.exec(htmlOf(url))?.[1];
    }
    expect([...order].sort()).toEqual(
      operations()
        .map(({ operationId }) => `/docs/reference/api/${operationId}`)
        .sort(),
    );
  });
});

interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly 'x-error-codes': { readonly own: readonly string[]; readonly general: readonly string[] };
}

test('every address and key of the examples can be filled in with the visitor’s own', () => {
  for (const { url, html } of pages) {
    const code = (html.match(/<pre [\s\S]*?<\/pre>/g) ?? []).join('');
    const marked = code.match(/<span data-fill="[^"]+">[^<]*<\/span>/g) ?? [];
    const all = code.match(/https?:\/\/(?:your-kanda-server|127\.0\.0\.1:3000)|kan_your_api_key_here/g) ?? [];
    expect(marked.length, url).toBe(all.length);
  }
  const front = pages.find(({ url }) => url === '/')?.html ?? '';
  expect(front.match(/data-fill="key"/g)?.length).toBe(4);
});

// Seen to fail while a sentence ended at any `?` or `.` before a space.
test('the index of errors has whole sentences', () => {
  const index = textOf(pages.find(({ url }) => url === '/docs/errors')?.html ?? '');
  expect(index).toContain('A parameter after ? is unknown or has a value that is not allowed, such as');
  expect(index).toContain('has a character that cannot be printed, or is . or ...');
});

test('the front page shows five guarantees of SECURITY.md, each with tests that there are', () => {
  const shown = guarantees(repositoryAt(repositoryRoot()));
  expect(shown).toHaveLength(5);
  const front = pages.find(({ url }) => url === '/')?.html ?? '';
  for (const { title, url, tests } of shown) {
    expect(front).toContain(`<h3>${title}</h3>`);
    expect(front).toContain(`href="${url}"`);
    expect(tests.length, title).toBeGreaterThan(0);
    for (const { file } of tests) expect(existsSync(`${repositoryRoot()}/${file}`), file).toBe(true);
  }
});

test('what the front page says of other products is what the comparison has measured', () => {
  const front = pages.find(({ url }) => url === '/')?.html ?? '';
  const measured = readFileSync(`${repositoryRoot()}/docs/operating/comparison.md`, 'utf8').split('\n');
  const [table = ''] = /<table>.*<\/table>/s.exec(front) ?? [];
  const rows = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell)),
  );
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.map((cells) => `| ${cells.join(' | ')} |`).filter((row) => !measured.includes(row))).toEqual(
    [],
  );
  expect(front).toContain('href="/docs/operating/comparison"');
});

test('no page offers sign-up before the server has said that registration is open', () => {
  for (const { url, html } of pages) {
    // The quickstart's own step is no offer of the page: it is read by the person who runs the server.
    const around = html.replace(/<article.*<\/article>/s, '');
    const offers = tagsOf(around).filter((tag) => tag.includes('href="/signup"'));
    expect(
      offers.filter((tag) => !tag.includes('hidden')),
      url,
    ).toEqual([]);
  }
});

function leads(href: string, from: string, anchors: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  if (/^(?:https?:|mailto:)/.test(href)) return true;
  const [path = '', fragment] = href.split('#');
  const url = path === '' ? from : path;
  if (SERVED.includes(url)) return true;
  const ids = anchors.get(url);
  return ids !== undefined && (fragment === undefined || ids.has(fragment));
}
