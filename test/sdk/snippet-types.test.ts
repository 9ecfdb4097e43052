/**
 * Every snippet in TypeScript that Kanda shows (documents, front page, API pages), and those that call `fetch` on the API
 * pages, checked by `tsc --strict` in one run. The applications of the guides are JavaScript, and `test/guides` runs them.
 *
 * Seen to fail: with a misspelt method in a document, and a misspelt function in the generator.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { snippet, TASKS } from '../../apps/web/pages/front-snippets.ts';
import { readApi } from '../../apps/web/pages/openapi.ts';
import { repositoryAt } from '../../apps/web/pages/repository.ts';
import { exampleIn } from '../../apps/web/pages/snippets/languages.ts';
import { fencedBlocks } from '../../tools/markdown.ts';
import { temporaryFolder } from '../support/kanda-process.ts';
import { run } from './sdk-package.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const DOCUMENTS = globSync(['README.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: ROOT });
const repository = repositoryAt(ROOT);

/** What the text around a snippet has said to be there: the code that a user types. */
const SURROUNDINGS = 'declare function typed(): string;\n';

const compilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowJs: true,
  checkJs: true,
  allowImportingTsExtensions: true,
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2024', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
  paths: {
    '@kanda/sdk/*': [join(ROOT, 'packages/sdk/src/*.ts')],
    '@kanda/*': [join(ROOT, 'packages/*/src/index.ts')],
  },
};

/** By file name: one program for each document, as its blocks follow each other. */
function snippets(): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of DOCUMENTS) {
    const blocks = fencedBlocks(readFileSync(join(ROOT, path), 'utf8')).filter(
      ({ language }) => language === 'ts',
    );
    if (blocks.length > 0)
      found.set(`${path.replaceAll('/', '.')}.mts`, blocks.map(({ text }) => text).join('\n'));
  }
  for (const operation of readApi(repository).operations) {
    found.set(`api.${operation.id}.mts`, exampleIn(operation, 'js'));
    found.set(`api.${operation.id}.mjs`, exampleIn(operation, 'fetch'));
  }
  found.set('front-page.mts', TASKS.map(({ id }) => snippet(repository, id, 'js')).join('\n'));
  return found;
}

test('every snippet fits the types of what it calls', () => {
  const found = snippets();
  expect(found.size).toBeGreaterThan(120);
  const folder = temporaryFolder();
  for (const [name, code] of found) writeFileSync(join(folder, name), `${code}\nexport {};\n`);
  writeFileSync(join(folder, 'surroundings.d.ts'), SURROUNDINGS);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(run(process.execPath, [TSC, '--project', folder], folder)).toBe('');
});
