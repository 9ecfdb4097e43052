/**
 * Writes what the SDKs take from the server: `packages/sdk/src/schema.d.ts` (the types of openapi.json),
 * `packages/sdk/src/problems.ts` (a class for each error code), `packages/sdk/src/elements/offline-texts.ts` (what elements
 * say in the languages of the pages of links when they reach no server), `sdks/problems.json` (the same list, for the other
 * languages), the generated modules of `sdks/python` and what `write-sdk-go.ts` makes for Go. `--check` writes nothing and
 * fails when one is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TEXTS } from '../apps/server/src/http/hosted/texts/all.ts';
import { PROBLEMS } from '../apps/server/src/http/server/problems.ts';
import { withClosedLists, withoutReferences } from '../apps/web/src/api/references.ts';
import { apiTypes } from './api-types.ts';
import { pythonFiles } from './python-sdk.ts';
import { type ApiDescription, goFiles } from './write-sdk-go.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The files by their path from the repository's root. */
function sdkFiles(): ReadonlyMap<string, string> {
  const api: ApiDescription = withoutReferences(
    withClosedLists(JSON.parse(readFileSync(`${ROOT}openapi.json`, 'utf8'))),
  );
  return new Map([
    ['packages/sdk/src/schema.d.ts', apiTypes()],
    ['packages/sdk/src/problems.ts', problemClasses()],
    ['packages/sdk/src/elements/offline-texts.ts', offlineTexts()],
    ['sdks/problems.json', problemList()],
    ...pythonFiles(api.paths as never, PROBLEMS, className),
    ...goFiles(api),
  ]);
}

const className = (code: string): string =>
  code
    .split('_')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');

function problemClasses(): string {
  const all = Object.entries(PROBLEMS);
  const classes = all.map(
    ([code, { status, title }]) =>
      `/** ${status}: ${title}. */\nexport class ${className(code)} extends Problem<'${code}'> {}`,
  );
  const rows = all.map(([code]) => `  ${code}: ${className(code)},`);
  return `/** A class for each error code. Written by tools/write-sdk.ts. */
import { Problem } from './errors.ts';

${classes.join('\n')}

/** The class of each code. */
export const PROBLEM_CLASSES = {
${rows.join('\n')}
} as const;

/** Every code that this version knows. */
export type ProblemCode = keyof typeof PROBLEM_CLASSES;
`;
}

function offlineTexts(): string {
  const rows = Object.entries(TEXTS).map(([locale, { direction, offline }]) => {
    const { title, text, button } = offline;
    const fields = Object.entries({ direction, title, text, button });
    const lines = fields.map(([name, value]) => `    ${name}: '${value}',`);
    return `  ${locale}: {\n${lines.join('\n')}\n  },`;
  });
  return `/** What elements say when they reach no server: the languages of the pages of links. Written by tools/write-sdk.ts. */
interface OfflineTexts {
  readonly direction: 'ltr' | 'rtl';
  readonly title: string;
  readonly text: string;
  readonly button: string;
}

/** By language. */
export const OFFLINE_TEXTS: Readonly<Record<string, OfflineTexts>> = {
${rows.join('\n')}
};
`;
}

function problemList(): string {
  const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) =>
    JSON.stringify({ code, class: className(code), status, title })
      .replaceAll('":', '": ')
      .replaceAll(',"', ', "')
      .replace(/^\{(.*)\}$/, '  { $1 }'),
  );
  return `[\n${rows.join(',\n')}\n]\n`;
}

for (const [path, fresh] of sdkFiles()) {
  if (existsSync(ROOT + path) && readFileSync(ROOT + path, 'utf8') === fresh) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what the server says. Run: npm run types -w @kanda/sdk`);
    process.exitCode = 1;
  } else {
    writeFileSync(ROOT + path, fresh);
    console.log(`wrote ${path}`);
  }
}
