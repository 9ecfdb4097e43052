/**
 * What a page asks for before its first paint, and how much JavaScript before all of it works:
 * `npm run budgets -w @kanda/web` prints both, and fails when a page asks for more than its budget. What that comes to
 * on a slow line, `npm run slow-line -w @kanda/web` measures in a browser.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface Weight {
  readonly page: string;
  readonly scripts: readonly string[];
  readonly bytes: number;
  readonly budget: number;
}

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Bytes, gzipped. The dashboard's is what comes before its first view, not what a view loads later. */
const BUDGETS = [
  { page: 'index.html', budget: 60_000 },
  { page: 'docs/start/quickstart.html', budget: 60_000 },
  { page: 'dashboard.html', budget: 200_000 },
  { page: 'signin.html', budget: 12_000 },
  { page: 'signup.html', budget: 12_000 },
] as const;

export interface FirstPaint {
  readonly page: string;
  /** The page itself, its styles, and the scripts that hold it up. */
  readonly files: readonly string[];
  readonly bytes: number;
  readonly budget: number;
}

/** Bytes with headers left out, as `.br` where there is one. */
const PAINT_BUDGETS = [
  { page: 'index.html', budget: 25_000 },
  { page: 'signin.html', budget: 8_000 },
  { page: 'signup.html', budget: 8_000 },
  { page: 'dashboard.html', budget: 12_000 },
] as const;

/** What each page of the build weighs. @throws when the site is not built */
export function weighPages(dist = DIST): Weight[] {
  if (!existsSync(`${dist}index.html`))
    throw new Error('The site is not built. Run: npm run build -w @kanda/web');
  return BUDGETS.map(({ page, budget }) => {
    const scripts = scriptsOf(dist, readFileSync(`${dist}${page}`, 'utf8'));
    const bytes = scripts.reduce((sum, script) => sum + gzipSync(readFileSync(`${dist}${script}`)).length, 0);
    return { page, scripts, bytes, budget };
  });
}

/** What the first paint of each page waits for. @throws when the site is not built */
export function weighFirstPaints(dist = DIST): FirstPaint[] {
  return PAINT_BUDGETS.map(({ page, budget }) => {
    const html = readFileSync(`${dist}${page}`, 'utf8');
    const files = [page, ...blockingFiles(html)];
    const bytes = files.reduce((sum, file) => sum + packed(`${dist}${file}`).length, 0);
    return { page, files, bytes, budget };
  });
}

function blockingFiles(html: string): string[] {
  const tags = html.match(/<(?:script|link)\b[^>]*>/g) ?? [];
  return tags
    .filter((tag) =>
      tag.startsWith('<script') ? !/ type="module"| defer| async/.test(tag) : / rel="stylesheet"/.test(tag),
    )
    .map((tag) => / (?:src|href)="\/([^"]+)"/.exec(tag)?.[1] ?? '');
}

function packed(path: string): Buffer {
  return readFileSync(existsSync(`${path}.br`) ? `${path}.br` : path);
}

/** The scripts of a page and all that they import before they run. */
function scriptsOf(dist: string, html: string): string[] {
  const found = new Set<string>();
  const visit = (script: string) => {
    if (found.has(script)) return;
    found.add(script);
    const source = readFileSync(`${dist}${script}`, 'utf8');
    for (const [, name = ''] of source.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g))
      visit(`assets/${name}`);
  };
  for (const [, src = ''] of html.matchAll(/<(?:script|link)[^>]* (?:src|href)="\/([^"]+\.js)"/g)) visit(src);
  return [...found];
}

if (import.meta.main) {
  console.log('Before the first paint, brotli:');
  for (const { files, ...weight } of weighFirstPaints()) print({ ...weight, count: files.length });
  console.log('JavaScript before all of it works, gzip:');
  for (const { scripts, ...weight } of weighPages()) print({ ...weight, count: scripts.length });
}

function print({ page, bytes, budget, count }: Omit<FirstPaint, 'files'> & { readonly count: number }): void {
  const verdict = bytes > budget ? 'OVER' : 'ok';
  console.log(
    `${verdict.padEnd(5)}${page.padEnd(30)}${(bytes / 1000).toFixed(1).padStart(6)} kB of ${budget / 1000} kB in ${count} files`,
  );
  if (bytes > budget) process.exitCode = 1;
}
