/**
 * How much JavaScript a page asks for before it is there, gzipped: `npm run budgets -w @kanda/web` prints it,
 * and fails when a page asks for more than its budget.
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
  for (const { page, scripts, bytes, budget } of weighPages()) {
    const verdict = bytes > budget ? 'OVER' : 'ok';
    console.log(
      `${verdict.padEnd(5)}${page.padEnd(30)}${(bytes / 1000).toFixed(1).padStart(6)} kB of ${budget / 1000} kB in ${scripts.length} files`,
    );
    if (bytes > budget) process.exitCode = 1;
  }
}
