import type { ReactNode } from 'react';
import type { Heading } from './markdown.ts';
import { type About, type Assets, Shell } from './shell.tsx';

export interface NavItem {
  readonly url: string;
  readonly label: string;
}

/** Where the documentation begins. */
export const INDEX: NavItem = { url: '/docs', label: 'Documentation' };

export interface NavGroup {
  readonly name: string;
  readonly items: readonly NavItem[];
}

export interface DocsPageProps {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  /** The way from the index to here, without the page itself. */
  readonly trail: readonly NavItem[];
  readonly headings: readonly Heading[];
  readonly nav: readonly NavGroup[];
  /** In which order pages are read, if not in that of the contents. */
  readonly order?: readonly NavItem[];
  readonly assets: Assets;
  readonly about: About;
  readonly searchUrl: string;
  /** For titles that are names in code. */
  readonly mono?: boolean;
  readonly children: ReactNode;
}

/** Contents on the left, the article, its headings on the right. */
export function DocsPage(props: DocsPageProps) {
  const { url, title, description, trail, headings, nav, assets, about, searchUrl, mono, children } = props;
  const order = props.order ?? nav.flatMap(({ items }) => items);
  const place = order.findIndex((item) => item.url === url);
  const sections = headings.filter(({ depth }) => depth === 2 || depth === 3);
  return (
    <Shell
      title={url === '/docs' ? 'Documentation · Kanda' : `${title} · Kanda`}
      description={description}
      kind="docs"
      assets={assets}
      about={about}
      current={url === '/docs/guarantees' ? 'guarantees' : 'docs'}
      searchUrl={searchUrl}
    >
      <div className="columns">
        <button type="button" className="contents-button button" popoverTarget="contents">
          Contents
        </button>
        <nav id="contents" className="contents" aria-label="Documentation" popover="auto">
          {nav.map((group) => (
            <Group key={group.name} group={group} url={url} trail={trail} />
          ))}
        </nav>
        <main id="content">
          {trail.length > 0 && (
            <p className="trail">
              {trail.map((item, place) => (
                <span key={item.url}>
                  {place > 0 && ' / '}
                  <a href={item.url}>{item.label}</a>
                </span>
              ))}
            </p>
          )}
          <h1>{mono ? <code>{title}</code> : title}</h1>
          {children}
          {place >= 0 && <Neighbours before={order[place - 1]} after={order[place + 1]} />}
        </main>
        {sections.length > 1 && (
          <nav className="on-this-page" aria-label="On this page">
            <p>On this page</p>
            <ul>
              {sections.map(({ id, text, depth }) => (
                <li key={id} className={depth === 3 ? 'deeper' : undefined}>
                  <a href={`#${id}`}>{text}</a>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </div>
    </Shell>
  );
}

function Group({ group, url, trail }: { group: NavGroup; url: string; trail: readonly NavItem[] }) {
  const isHere = (item: NavItem) =>
    item.url === url || trail.some((above) => above.url === item.url && item.url !== '/docs');
  return (
    <section>
      {group.name !== '' && <h2>{group.name}</h2>}
      <ul>
        {group.items.map((item) => (
          <li key={item.url}>
            <a href={item.url} aria-current={item.url === url ? 'page' : isHere(item) ? 'true' : undefined}>
              {item.label}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Neighbours({ before, after }: { before: NavItem | undefined; after: NavItem | undefined }) {
  return (
    <nav className="neighbours" aria-label="Previous and next page">
      {before !== undefined && (
        <a href={before.url} rel="prev">
          <span>Previous</span>
          {before.label}
        </a>
      )}
      {after !== undefined && (
        <a href={after.url} rel="next">
          <span>Next</span>
          {after.label}
        </a>
      )}
    </nav>
  );
}
