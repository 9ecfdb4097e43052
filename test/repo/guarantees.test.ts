/** SECURITY.md names a test for each case, works out odds and gives reasons: that the tests and the numbers are so. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, POLICY_BOUNDS } from '../../apps/server/src/domain/verdicts/policy.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The table grows; no case is ever taken out of it. */
const MIN_CASES = 26;
/** The cases in which something races or crashes: each of their tests says how it was seen to fail. */
const RACES_AND_CRASHES = [2, 5, 6, 7, 8, 9, 18, 19, 44, 47, 49, 51];

const security = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

interface NamedTest {
  readonly file: string;
  /** A part of its title. */
  readonly title: string;
}

/** The rows of the table under a heading, cell by cell, without its head. */
function tableUnder(markdown: string, heading: string): string[][] {
  const section = markdown.split(`\n## ${heading}`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** Each “title” belongs to the `file` before it: one of tests, or a part of the contract that both stores keep. */
function testsNamedIn(cell: string): NamedTest[] {
  const named: NamedTest[] = [];
  let file = '';
  for (const [, path, title] of cell.matchAll(/`([^`]+(?:\.test|\/contract\/[\w-]+)\.ts)`|“([^”]+)”/g)) {
    if (path !== undefined) file = path;
    else named.push({ file, title: title as string });
  }
  return named;
}

/** The titles in a test file, as they are written there. */
function titlesIn(source: string): string[] {
  const calls = /(?:\b(?:test|it|describe)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return [...source.matchAll(calls)].map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}

/** What of the named tests is not there. */
function missing(named: readonly NamedTest[], read: (file: string) => string | null): string[] {
  return named.flatMap(({ file, title }) => {
    const source = read(file);
    if (source === null) return [`there is no ${file}`];
    return titlesIn(source).some((one) => one.includes(title)) ? [] : [`${file} has no test “${title}”`];
  });
}

const readTest = (file: string) =>
  existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : null;

describe('the table of attempts', () => {
  const rows = tableUnder(security, 'What an attacker tries');
  const byCase = new Map(rows.map((cells) => [Number(cells[0]), testsNamedIn(cells.at(-1) ?? '')]));

  test('has its cases in their order, each with what holds', () => {
    expect(rows.length).toBeGreaterThanOrEqual(MIN_CASES);
    expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
    for (const cells of rows) {
      expect(cells).toHaveLength(4);
      for (const cell of cells) expect(cell).not.toBe('');
    }
  });

  test('names tests that there are, by file and title', () => {
    for (const [number, named] of byCase) expect(named.length, `case ${number}`).toBeGreaterThan(0);
    expect(missing([...byCase.values()].flat(), readTest)).toEqual([]);
  });

  test('names each file with an adversary in it', () => {
    const files = new Set([...byCase.values()].flat().map(({ file }) => file));
    const adversaries = globSync('test/adversary/*.test.ts', { cwd: ROOT }).map((path) =>
      path.replaceAll('\\', '/'),
    );
    expect(adversaries.length).toBeGreaterThan(5);
    expect(adversaries.filter((file) => !files.has(file))).toEqual([]);
  });

  test('names tests of races and crashes that say how they were seen to fail', () => {
    const files = RACES_AND_CRASHES.flatMap((number) => (byCase.get(number) ?? []).map(({ file }) => file));
    expect(files.length).toBeGreaterThan(RACES_AND_CRASHES.length);
    // The simulator shows it in each run: it takes its guards out itself.
    const silent = [...new Set(files)].filter(
      (file) => !/[Ss]een to fail|not without the row lock/.test(readTest(file) ?? ''),
    );
    expect(silent).toEqual([]);
  });

  test('would be found wrong: a file that is not there, a title that no one has, one of another file', () => {
    const source = "test.each([\n  [1],\n])('counts %s', () => {});\nit(\n  `of $COUNT at once`, () => {});";
    const read = (file: string) => (file === 'a.test.ts' ? source : null);
    const cell = '`a.test.ts` “counts %s”, “of $COUNT at”, “of all”; `b.test.ts` “counts %s”';
    expect(missing(testsNamedIn(cell), read)).toEqual([
      'a.test.ts has no test “of all”',
      'there is no b.test.ts',
    ]);
  });
});

test('the odds of guessing are those of the policy', () => {
  const loosest = {
    skew: POLICY_BOUNDS.skew.most,
    dailyFailures: POLICY_BOUNDS.dailyFailures.most,
    digits: 6,
  };
  const usual = { skew: DEFAULT_POLICY.skew, dailyFailures: DEFAULT_POLICY.dailyFailures, digits: 6 };
  const { lookAhead } = DEFAULT_POLICY;
  // Of several authenticators: how many codes are right at once.
  const policies = [
    usual,
    { ...usual, skew: 0 },
    { ...usual, skew: 2 },
    loosest,
    { ...usual, digits: 8 },
    { ...usual, codes: 2 * 3 },
    { ...usual, codes: 5 * 3 },
    { ...usual, codes: 3 + 3 },
    { ...usual, codes: 1 + lookAhead },
    { ...usual, codes: 1 + lookAhead + 3 },
  ].map((row) => ({ codes: 2 * row.skew + 1, ...row }));
  const rows = tableUnder(security, 'The odds of guessing');
  expect(rows).toHaveLength(policies.length);
  for (const [index, { codes, dailyFailures, digits }] of policies.entries()) {
    const once = codes / 10 ** digits;
    const inAll = (guesses: number) => 1 - (1 - once) ** guesses;
    const expected = [
      once,
      inAll(dailyFailures),
      inAll(DEFAULT_POLICY.consecutiveFailures),
      inAll(dailyFailures * 365),
      inAll(dailyFailures * 100),
    ];
    const [policy, ...cells] = rows[index] as string[];
    for (const [column, cell] of cells.entries()) {
      const shown = Number(/^([\d.]+) %$/.exec(cell)?.[1]) / 100;
      const exact = expected[column] as number;
      // Two digits are said, so each may be off by half of the last one.
      expect(Math.abs(shown - exact) / exact, `${policy}: ${cell}, exactly ${exact}`).toBeLessThan(0.02);
    }
  }
});
