/** Every test file belongs to one project of vitest.config.ts, and its name says which file it is within that. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isInstalled = (path: string) => /node_modules|^\.tools|^\.runtime/.test(path);
const found = (patterns: readonly string[]) =>
  globSync([...patterns], { cwd: ROOT, exclude: isInstalled }).map((path) => path.replaceAll('\\', '/'));

const projects = (config.test?.projects ?? []).map((project) => {
  if (typeof project !== 'object' || !('test' in project)) throw new Error('A project is an object here.');
  const { name, include = [], exclude = [], testTimeout = 0 } = project.test ?? {};
  const excluded = new Set(found(exclude.filter((pattern) => !pattern.includes('node_modules'))));
  const files = found(include).filter((path) => !excluded.has(path));
  return { name: String(name), testTimeout, files };
});

test('are these', () => {
  expect(projects.map(({ name }) => name).sort()).toEqual([
    'adversary',
    'browser',
    'ha',
    'http',
    'process',
    'repository',
    'store-postgres',
    'store-sqlite',
    'unit',
    'unit-isolated',
  ]);
});

test('have every test file once', () => {
  const all = found(['{apps,packages,test,tools,bench}/**/*.test.{ts,tsx,mjs}']).filter(
    // Examples that are read as text.
    (path) => !path.startsWith('test/process/snippets/'),
  );
  expect(all.length).toBeGreaterThan(150);
  expect(projects.flatMap(({ files }) => files).sort()).toEqual(all.sort());
});

test('have no two files of one name, which the list of results would not tell apart', () => {
  const twice = projects.flatMap(({ name, files }) => {
    const names = files.map((path) => basename(path));
    return names.filter((file, index) => names.indexOf(file) !== index).map((file) => `${name}: ${file}`);
  });
  expect(twice).toEqual([]);
});

// Seen to fail: a build of the site that took 121 s on a busy machine, where its test had 60 of the project's 240.
test('give each test its time: no number in a test allows less', () => {
  const less = projects.flatMap(({ testTimeout, files }) =>
    files.flatMap((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const limits = [...text.matchAll(/\btimeout: ([\d_]+)\b|^ *\}, ([\d_]{4,})\);$/gm)];
      return limits
        .map(([, named, last]) => Number((named ?? last ?? '').replaceAll('_', '')))
        .filter((limit) => limit <= testTimeout)
        .map((limit) => `${path}: ${limit} of ${testTimeout} ms; see test/support/patience.ts`);
    }),
  );
  expect(less).toEqual([]);
});
