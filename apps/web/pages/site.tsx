import { renderToStaticMarkup } from 'react-dom/server';
import { Frame } from '../src/dashboard/parts/frame.tsx';
import { KeyOffer, LanguageChoice, WayChoice } from './api/language-choice.tsx';
import { API_REFERENCE, apiPages, operationSections } from './api/pages.tsx';
import { readProblems } from './api/problems.ts';
import { SDK_LANGUAGES } from './api-examples.ts';
import { DocsPage, INDEX, type NavGroup, type NavItem } from './docs-page.tsx';
import { type Document, readDocuments } from './documents.ts';
import { doorPages } from './door-pages.tsx';
import { ErrorsIndex, firstSentence } from './errors-index.tsx';
import { FrontPage } from './front-page.tsx';
import { highlighter } from './highlight.ts';
import { LANGUAGE_CHOICE, type Rendered, renderMarkdown, resolver } from './markdown.ts';
import { WAY_CHOICE } from './markdown-ways.ts';
import { type Api, readApi } from './openapi.ts';
import type { Repository } from './repository.ts';
import { type SearchablePage, searchIndex } from './search-index.ts';
import { type Assets, Html, htmlOf, type Page, page, Shell } from './shell.tsx';
import { siteData } from './site-data.ts';
import { WHOLE, wholePage } from './whole.tsx';

export interface SiteAssets {
  readonly front: Assets;
  readonly docs: Assets;
  readonly door: Assets;
}

export interface Site {
  /** What the search reads; it is made first, since pages carry its name. */
  readonly searchIndex: string;
  /** What the dashboard reads. @param searchUrl where the index is served */
  data(searchUrl: string): string;
  /** Every page. @param searchUrl where the index is served */
  pages(assets: SiteAssets, searchUrl: string): Page[];
}

const ERRORS: NavItem = { url: '/docs/errors', label: 'Errors' };
const DECISIONS: NavItem = { url: '/docs/decisions', label: 'Decisions' };

/** The site as the repository's documents have it. */
export async function readSite(repository: Repository): Promise<Site> {
  const highlight = await highlighter();
  const api = readApi(repository);
  const documents = readDocuments(repository);
  // Links to the README lead to the front page, which says the same; the licence is a file of its own.
  const urls = new Map([
    ...documents.map(({ source, url }) => [source, url] as const),
    ['README.md', '/'],
    ['LICENSE', '/LICENSE.txt'],
    ['openapi.json', '/openapi.json'],
  ]);
  const resolve = resolver(urls);
  const rendered = new Map<Document, Rendered>(
    documents.map((document) => [
      document,
      renderMarkdown(document.markdown, document.source, highlight, resolve),
    ]),
  );
  const nav = navigation(documents);
  const errors = documents.filter(({ group }) => group === 'Errors');
  const problems = readProblems(errors, (text, from) => renderMarkdown(text, from, highlight, resolve).html);

  return {
    searchIndex: searchIndex([...searchable(documents, rendered), ...operationSections(api)]),
    data: (searchUrl) => siteData(repository, searchUrl),
    pages: (assets, searchUrl) => {
      const common = { nav, assets: assets.docs, about: api, searchUrl };
      const articles = [...rendered].map(([document, { html, headings }]) =>
        page(
          document.url,
          <DocsPage
            {...common}
            url={document.url}
            title={document.title}
            description={
              firstSentence(document.markdown) ||
              `${document.title}: Kanda, two-factor codes on your own server.`
            }
            trail={trailOf(document)}
            headings={headings}
            mono={document.group === 'Errors'}
          >
            <Html tag="article" html={withChoice(html)} />
          </DocsPage>,
        ),
      );
      return [
        page(
          '/',
          <FrontPage repository={repository} api={api} highlight={highlight} assets={assets.front} />,
        ),
        ...doorPages(assets.door),
        ...articles,
        ...apiPages({ api, highlight, problems, common }),
        wholePage(documents, urls, common),
        page(
          ERRORS.url,
          <DocsPage
            {...common}
            url={ERRORS.url}
            title="Errors"
            description="Every error code of Kanda's HTTP API."
            trail={[INDEX]}
            headings={[]}
          >
            <ErrorsIndex pages={errors} />
          </DocsPage>,
        ),
        {
          url: '/404',
          file: '404.html',
          html: htmlOf(<Missing api={api} assets={assets.docs} searchUrl={searchUrl} />),
        },
      ];
    },
  };
}

/** What is seen of the dashboard until its script has come. */
export function dashboardFrame(): string {
  return renderToStaticMarkup(<Frame />);
}

/** A page whose snippets are in several languages has the choice of one before the first of them. */
function withChoice(html: string): string {
  const choice = renderToStaticMarkup(
    <>
      <LanguageChoice languages={SDK_LANGUAGES} />
      <KeyOffer />
    </>,
  );
  const ways = renderToStaticMarkup(<WayChoice />);
  return html.replace(LANGUAGE_CHOICE, `${choice}\n`).replace(WAY_CHOICE, `${ways}\n`);
}

function navigation(documents: readonly Document[]): NavGroup[] {
  const names = ['Start', 'Guides', 'Reference', 'Operating', 'About'];
  return [
    { name: '', items: [{ url: INDEX.url, label: 'Overview' }] },
    ...names.map((name) => ({
      name,
      items: [
        ...(name === 'Reference' ? [API_REFERENCE] : []),
        ...documents.filter(({ group }) => group === name).map(({ url, label }) => ({ url, label })),
        ...(name === 'Reference' ? [ERRORS] : []),
        ...(name === 'About' ? [WHOLE] : []),
      ],
    })),
  ];
}

function trailOf({ url, group }: Document): NavItem[] {
  if (url === INDEX.url) return [];
  if (group === 'Errors') return [INDEX, ERRORS];
  if (group === 'Decisions') return [INDEX, DECISIONS];
  return [INDEX];
}

function searchable(
  documents: readonly Document[],
  rendered: ReadonlyMap<Document, Rendered>,
): SearchablePage[] {
  return documents.map((document) => ({
    url: document.url,
    title: document.title,
    group: document.group,
    sections: rendered.get(document)?.sections ?? [],
  }));
}

function Missing({ api, assets, searchUrl }: { api: Api; assets: Assets; searchUrl: string }) {
  return (
    <Shell
      title="Not found · Kanda"
      description="This page does not exist."
      kind="missing"
      assets={assets}
      about={api}
      searchUrl={searchUrl}
    >
      <main id="content" className="alone">
        <h1>There is no page at this address.</h1>
        <p className="lead">It may have moved, or the address has a slip in it.</p>
        <p className="actions">
          <a className="button primary" href="/docs">
            Documentation
          </a>
          <a className="button" href="/">
            Front page
          </a>
        </p>
      </main>
    </Shell>
  );
}
