/** Every test file belongs to one project of vitest.config.ts, and its name says which file it is within that. */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isInstalled = (path: string) => /node_modules|^\.tools|^\.runtime/.test(path);
const found = (patterns: readonly string[]) =>
  globSync([...patterns], { cwd: ROOT, exclude: isInstalled }).map((path) => path.replaceAll('\\', '/'));

const projects = (config.test?.projects ?? []).map((project) => {
  if (typeof project !== 'object' || !('test' in project)) throw new Error('A project is an object here.');
  const { name, include = [], exclude = [] } = project.test ?? {};
  const excluded = new Set(found(exclude.filter((pattern) => !pattern.includes('node_modules'))));
  return { name: String(name), files: found(include).filter((path) => !excluded.has(path)) };
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
