/**
 * Style that a linter does not know: sizes, exports without a use, circles, columns without a name, words.
 *
 * Files and functions that are longer than the limits are in `tidy-debts.json`. It may shrink: an entry that is no
 * longer needed fails the test too.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DRAWING, drawImports, drawnSources } from '../../tools/draw-imports.ts';
import {
  parseSource,
  readSources,
  type SourceFile,
  unusedExports,
  valueCircles,
} from '../../tools/source-graph.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 70;

const SOURCES = [
  'apps/server/{bin,src}/**/*.{ts,mjs}',
  'packages/*/src/**/*.ts',
  'apps/web/{src,pages,build}/**/*.{ts,tsx}',
  'tools/*.{ts,mjs}',
];
const TESTS = [
  'apps/*/{test,e2e}/**/*.ts',
  'packages/*/{test,bench}/**/*.ts',
  'test/**/*.{ts,mjs}',
  'bench/**/*.{ts,mjs}',
  '*.ts',
  'apps/web/*.ts',
];

/** What is English, but not how engineers write. Each with what to write in its place. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, 'name the person: the caller, the operator, a client'],
  // In quotes it is the system's user.
  [/\bnobody\b(?!')/i, '"no one", "none", or name who does not'],
  [/\bsomebody\b/i, '"someone", or name the person'],
  [/\b(?:is|are|was|were|be|been|being) told\b/i, '"is notified", "learns", "receives", "configured"'],
  [/\bstands? (?:in|for|beside|there|on|at)\b/i, '"is in", "means", "is next to"'],
  [/\bmend(?:s|ed|ing)?\b/i, '"fix", "repair"'],
  [/\bas it should be\b/i, '"valid", "correct"'],
  [/\bleave it away\b/i, '"remove it"'],
  [/\bis it no more\b/i, '"it no longer is"'],
];

/** The password of all examples. */
const EXAMPLE_PASSWORD = 'a sentence that nobody else would write';

interface Debts {
  readonly files: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, number>>;
}

const debts: Debts = JSON.parse(readFileSync(new URL('tidy-debts.json', import.meta.url), 'utf8'));
const sources = readSources(ROOT, SOURCES);
const everything = readSources(ROOT, [...SOURCES, ...TESTS]);

/** What is longer than the limit and than its debt, and debts that are paid. */
function overLimit(
  sizes: ReadonlyMap<string, number>,
  limit: number,
  allowed: Readonly<Record<string, number>>,
): string[] {
  const tooLong = [...sizes]
    .filter(([name, lines]) => lines > Math.max(limit, allowed[name] ?? 0))
    .map(([name, lines]) => `${name} has ${lines} lines; ${Math.max(limit, allowed[name] ?? 0)} are allowed`);
  const paid = Object.keys(allowed)
    .filter((name) => (sizes.get(name) ?? 0) <= limit)
    .map((name) => `${name} is within the limit: remove it from tidy-debts.json`);
  return [...tooLong, ...paid];
}

function functionSizes(files: Iterable<SourceFile>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { path, functions } of files) {
    for (const { name, lines } of functions) {
      const key = `${path} ${name}`;
      sizes.set(key, Math.max(lines, sizes.get(key) ?? 0));
    }
  }
  return sizes;
}

/** `path:line: word` for each banned word in what people read: documents, comments, texts and names. */
function bannedWords(path: string, text: string): string[] {
  return text
    .replaceAll(EXAMPLE_PASSWORD, '')
    .split('\n')
    .flatMap((line, index) =>
      BANNED.filter(([pattern]) => pattern.test(line)).map(
        ([pattern, advice]) => `${path}:${index + 1}: "${pattern.exec(line)?.[0]}"; better: ${advice}`,
      ),
    );
}

function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed
    .trim()
    .split('\n')
    .filter((path) => existsSync(`${ROOT}/${path}`));
}

test(`files have at most ${MAX_FILE_LINES} lines`, () => {
  const sizes = new Map([...everything.values()].map(({ path, lines }) => [path, lines]));
  expect(overLimit(sizes, MAX_FILE_LINES, debts.files)).toEqual([]);
});

test(`functions of the sources have at most ${MAX_FUNCTION_LINES} lines`, () => {
  expect(overLimit(functionSizes(sources.values()), MAX_FUNCTION_LINES, debts.functions)).toEqual([]);
});

test('every exported value is imported by another file', () => {
  // A configuration is imported by its tool, and an entry of a package by who installs that.
  const entries = /\/index\.ts$|^packages\/sdk\/src\/(?:elements|express|fastify|hono|next|testing)\.ts$/;
  const libraries = [...sources].filter(([path]) => !entries.test(path));
  expect(unusedExports(new Map(libraries), everything)).toEqual([]);
});

test('the drawing of the imports is the present one: `npm run draw` makes it', () => {
  expect(readFileSync(`${ROOT}${DRAWING}`, 'utf8')).toBe(drawImports(drawnSources()));
});

test('no files need each other’s values in a circle', () => {
  expect(valueCircles(sources)).toEqual([]);
});

test('every insert names its columns', () => {
  // A released migration is never changed.
  const written = [...sources.values()].filter(({ path }) => !path.includes('/migrations/'));
  const unnamed = written.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        /insert into \w+ (?:values|select)\b/i.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  expect(unnamed).toEqual([]);
});

test('no banned word is anywhere that a person reads', () => {
  const read = trackedFiles().filter(
    (path) =>
      /\.(?:ts|tsx|mjs|css|html|md|ya?ml|json|sh|py|service|conf|lua)$/.test(path) &&
      !/^test\/repo\/tidy\.test\.ts$|package-lock\.json$|common-password-list\.ts$|^test\/process\/snippets\//.test(
        path,
      ),
  );
  expect(read.length).toBeGreaterThan(500);
  expect(read.flatMap((path) => bannedWords(path, readFileSync(`${ROOT}/${path}`, 'utf8')))).toEqual([]);
});

describe('a planted fault is found', () => {
  const file = (path: string, text: string): [string, SourceFile] => [path, parseSource(path, text)];

  test('a long function', () => {
    const [, source] = file('a.ts', `export const long = () => {\n${'  run();\n'.repeat(80)}};\n`);
    expect(overLimit(functionSizes([source]), 70, {})).toEqual(['a.ts long has 82 lines; 70 are allowed']);
  });

  test('a debt that is paid', () => {
    expect(overLimit(new Map([['a.ts', 10]]), 300, { 'a.ts': 400 })).toHaveLength(1);
  });

  test('an export without a use, though not a type', () => {
    const files = new Map([
      file('a.ts', 'export const used = 1, unused = 2;\nexport type Shape = 1;'),
      file('b.ts', "import { used } from './a.ts';\nused;"),
    ]);
    expect(unusedExports(files, files)).toEqual(['a.ts unused']);
  });

  test('a circle of values, though not one of types', () => {
    const circle = new Map([
      file('a.ts', "import { b } from './b.ts';\nexport const a = b;"),
      file('b.ts', "import { a } from './a.ts';\nexport const b = a;"),
    ]);
    expect(valueCircles(circle)).toEqual([['a.ts', 'b.ts']]);
    const types = new Map([
      file('a.ts', "import type { B } from './b.ts';\nexport const a: B = 1;"),
      file('b.ts', "import { a } from './a.ts';\nexport type B = typeof a;"),
    ]);
    expect(valueCircles(types)).toEqual([]);
  });

  test('a banned word', () => {
    expect(bannedWords('a.md', 'fine\nNobody is told.')).toEqual([
      expect.stringContaining('a.md:2: "Nobody"'),
      expect.stringContaining('a.md:2: "is told"'),
    ]);
  });
});
