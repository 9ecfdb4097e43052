import { posix } from 'node:path';
import { DocsPage, type DocsPageProps, INDEX, type NavItem } from './docs-page.tsx';
import type { Document } from './documents.ts';
import { fillable, type Highlight } from './highlight.ts';
import { escapeHtml } from './html.ts';
import { type Resolve, renderMarkdown, resolver } from './markdown.ts';
import { Html, type Page, page } from './shell.tsx';

export const WHOLE: NavItem = { url: '/docs/whole', label: 'On one page' };

/** What one reads on paper; errors and decisions are looked up one by one, and the changelog is a record. */
const GROUPS = ['Start', 'Guides', 'Moving in', 'Reference', 'Operating', 'About'];
const LEFT_OUT = new Set(['CHANGELOG.md']);

/**
 * The documentation on one page, for paper and for reading without a connection. Links between documents lead to their
 * place on the page, and code has no colours, which would make the page twice as large.
 */
export function wholePage(
  documents: readonly Document[],
  urls: ReadonlyMap<string, string>,
  common: Pick<DocsPageProps, 'nav' | 'assets' | 'about' | 'searchUrl'>,
): Page {
  const included = documents.filter(({ group, source }) => GROUPS.includes(group) && !LEFT_OUT.has(source));
  const places = new Map(included.map(({ source, url }) => [source, placeOf(url)]));
  const resolve = linksWithin(places, urls);
  const parts = included.map((document) => {
    const id = placeOf(document.url);
    const within = { idPrefix: `${id}--`, deeper: 1 };
    const { html } = renderMarkdown(document.markdown, document.source, uncoloured, resolve, within);
    return `<section class="part"><h2 id="${id}">${escapeHtml(document.title)}</h2>\n${html}</section>`;
  });
  return page(
    WHOLE.url,
    <DocsPage
      {...common}
      url={WHOLE.url}
      title="The documentation on one page"
      description="All of Kanda's guides, reference and operating pages on one page, to print or to keep."
      trail={[INDEX]}
      headings={[]}
    >
      <nav className="whole-contents" aria-label="On this page">
        {GROUPS.map((name) => (
          <section key={name}>
            <h2>{name}</h2>
            <ul>
              {included
                .filter(({ group }) => group === name)
                .map(({ url, title }) => (
                  <li key={url}>
                    <a href={`#${placeOf(url)}`}>{title}</a>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
      <Html tag="article" html={parts.join('\n')} />
    </DocsPage>,
  );
}

const uncoloured: Highlight = (code) => fillable(escapeHtml(code));

/** `/docs/start/quickstart` is `start-quickstart` on the page. */
function placeOf(url: string): string {
  return url.replace('/docs/', '').replaceAll('/', '-');
}

function linksWithin(places: ReadonlyMap<string, string>, urls: ReadonlyMap<string, string>): Resolve {
  const elsewhere = resolver(urls);
  return (target, from) => {
    const [path = '', fragment] = target.split('#');
    const place = places.get(path === '' ? from : posix.join(posix.dirname(from), path));
    if (place === undefined) return elsewhere(target, from);
    return fragment === undefined ? `#${place}` : `#${place}--${fragment}`;
  };
}
