/**
 * The program in a few files is run while nothing that it was made of has changed since, and the sources otherwise. Seen to
 * fail without `hasNewer` (apps/server/bin/bundled.mjs): an edit was not run. Seen to fail with the time that a file says it
 * has: one that `rsync -a` had brought was not run.
 */
import { appendFileSync, cpSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { bundledProgram } from '../../apps/server/bin/bundled.mjs';
import { workspacePackages } from '../../tools/package-lock.mjs';
import { endAll, temporaryFolder } from '../support/kanda-process.ts';
import { runProgram } from '../support/next-release.ts';

afterAll(endAll);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Longer than the ticks by which a file system's clock goes on. */
const A_TICK_MS = 50;
const LONG_AGO = new Date('2026-01-31');
const SOURCES = [
  'apps/server/src/main.ts',
  'apps/server/src/domain/errors.ts',
  ...workspacePackages(ROOT, 'apps/server').map(({ folder }) => `${folder}/src/index.ts`),
];
const NOTE = 'node_modules/.package-lock.json';

let folder: string;
const at = (path: string) => join(folder, path);
function put(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

beforeEach(async () => {
  folder = temporaryFolder();
  cpSync(join(ROOT, 'apps/server/bin'), at('apps/server/bin'), { recursive: true });
  put('package.json', '{ "type": "module" }');
  for (const path of [...SOURCES, NOTE]) put(path, "console.log('sources');");
  await sleep(A_TICK_MS);
  put('apps/server/dist/main.js', "console.log('bundled');");
  await sleep(A_TICK_MS);
});

const ran = async () => (await runProgram(at('apps/server/bin/kanda.mjs'), [], {})).output.trim();

test('runs while it is newer than all that it was made of', async () => {
  expect(await ran()).toBe('bundled');
});

test.each([...SOURCES, NOTE])(
  'is left when %s is edited, whatever time the file says it has',
  async (path) => {
    appendFileSync(at(path), '\n');
    utimesSync(at(path), LONG_AGO, LONG_AGO);
    expect(await ran()).toBe('sources');
  },
);

test.each(SOURCES.filter((path) => !path.endsWith('main.ts')))('is left when %s is removed', async (path) => {
  rmSync(at(path));
  expect(await ran()).toBe('sources');
});

test('is not needed', async () => {
  rmSync(at('apps/server/dist'), { recursive: true });
  expect(await ran()).toBe('sources');
});

// While sources are edited between two runs, it is not.
if (process.env.CI) {
  test('is what the tests run', () => {
    expect(bundledProgram()).not.toBeNull();
  });
}
