import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Mark } from '../src/brand/mark.tsx';

/** The files of the build that a page asks for, as the browser asks for them. */
export interface Assets {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  readonly fonts: readonly string[];
  /** What the scripts import before they run: asked for at once, where it is to be there soon. */
  readonly imports?: readonly string[];
  /** Where pictures of `docs/images` are, by their names. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export interface About {
  readonly version: string;
  readonly license: string;
}

export interface ShellProps {
  readonly title: string;
  readonly description: string;
  /** On the page's root element: which kind of page it is. */
  readonly kind: 'front' | 'docs' | 'missing';
  readonly assets: Assets;
  readonly about: About;
  /** The document's own place in the masthead. */
  readonly current?: 'docs' | 'guarantees';
  /** Where the search's index is, on pages that have a search. */
  readonly searchUrl?: string;
  readonly children: ReactNode;
}

/** A whole page as text. */
export function htmlOf(page: ReactNode): string {
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}

export interface Page {
  /** Its address, `/` at the front and nothing at the end. */
  readonly url: string;
  /** Where it is written within the build's folder. */
  readonly file: string;
  readonly html: string;
}

/** A page of the site, in the file from which it is served at its address. */
export function page(url: string, content: ReactNode): Page {
  const file = url === '/' ? 'index.html' : url === '/docs' ? 'docs/index.html' : `${url.slice(1)}.html`;
  return { url, file, html: htmlOf(content) };
}

/** HTML that the build made itself, of Markdown or by the highlighter. */
export function Html({
  html,
  className,
  tag = 'div',
}: {
  html: string;
  className?: string;
  tag?: 'div' | 'article';
}) {
  const Tag = tag;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: made at build time from the repository's own documents
  return <Tag className={className} dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Shell({ title, description, kind, assets, about, current, searchUrl, children }: ShellProps) {
  return (
    <html lang="en" className={kind} data-search-index={searchUrl}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <meta name="description" content={description} />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <script src="/theme.js" />
        {assets.fonts.map((href) => (
          <link key={href} rel="preload" href={href} as="font" type="font/woff2" crossOrigin="" />
        ))}
        {assets.styles.map((href) => (
          <link key={href} rel="stylesheet" href={href} />
        ))}
        {assets.scripts.map((src) => (
          <script key={src} type="module" src={src} />
        ))}
      </head>
      <body>
        <a className="skip" href="#content">
          Skip to content
        </a>
        <Masthead current={current} searchable={searchUrl !== undefined} />
        {children}
        <Footer about={about} />
      </body>
    </html>
  );
}

function Masthead({ current, searchable }: { current: ShellProps['current']; searchable: boolean }) {
  return (
    <header className="masthead">
      <div className="bar">
        <a className="brand" href="/">
          <Mark size={24} />
          Kanda
        </a>
        <nav aria-label="Site">
          <a href="/docs" aria-current={current === 'docs' ? 'true' : undefined}>
            Docs
          </a>
          <a
            className="second"
            href="/docs/guarantees"
            aria-current={current === 'guarantees' ? 'true' : undefined}
          >
            Guarantees
          </a>
          {searchable && (
            <button type="button" className="search-button" data-search="" aria-label="Search" hidden>
              <SearchIcon />
              <span>Search</span>
              <kbd>/</kbd>
            </button>
          )}
        </nav>
        <nav className="account" aria-label="Account">
          <a href="/signin" data-sign-in="">
            Sign in
          </a>
          {/* The sign-up link appears once the server has said that registration is open. */}
          <a className="button primary" href="/signup" data-sign-up="" hidden>
            Sign up
          </a>
        </nav>
      </div>
    </header>
  );
}

function SearchIcon() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4 14 14"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Footer({ about }: { about: About }) {
  return (
    <footer className="footer">
      <div className="bar">
        <p>
          Kanda {about.version} · <a href="/LICENSE.txt">{about.license}</a> ·{' '}
          <a href="/docs/changelog">Changelog</a> ·{' '}
          <a href="/docs/guarantees#reporting">Report a vulnerability</a> ·{' '}
          <a href="/openapi.json">openapi.json</a>
          <span data-security-contact="" hidden>
            {' '}
            · <a href="/.well-known/security.txt">security.txt</a>
          </span>
        </p>
        <div className="themes" data-themes="" hidden />
      </div>
    </footer>
  );
}
