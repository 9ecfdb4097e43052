/**
 * What `npm test` runs: style, types, tests, in the order of how fast they tell. Stops at the first that
 * fails. Arguments go to vitest: `npm test -- packages/otp`. With `--project` (`npm test -- --project unit`) the tests
 * run alone, without style and types: for the answer within seconds while a change is being made. The last line counts
 * the tests.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callerEnvironment } from './child-environment.mjs';

/**
 * Of vitest's JSON report, what is read here.
 * @typedef {{ name: string, status: string, message?: string, assertionResults: { fullName: string, status: string }[] }} TestFile
 */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const inCi = Boolean(process.env.CI);
const scratch = mkdtempSync(join(tmpdir(), 'kanda-test-'));
try {
  process.exitCode = main(process.argv.slice(2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/**
 * @param {string[]} vitestArguments
 * @returns {number} the exit status
 */
function main(vitestArguments) {
  const whole = !vitestArguments.some((argument) => /^--project(?:=|$)/.test(argument));
  if (whole && !styleAndTypesHold()) return 1;

  announce('Tests: vitest');
  const report = join(scratch, 'report.json');
  const retried = `--reporter=${join(ROOT, 'test/support/retried-reporter.ts')}`;
  const reporters = ['--reporter=default', '--reporter=json', retried, `--outputFile.json=${report}`];
  const status = run('vitest/vitest.mjs', ['run', ...reporters, ...vitestArguments]);
  return summarize(status, report);
}

/** @returns {boolean} whether they do; what is wrong has been printed */
function styleAndTypesHold() {
  announce('Style: biome');
  const style = run('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']);
  if (style !== 0) {
    failed('Biome', '`npm run format` fixes most of it.');
    return false;
  }

  announce('Types: tsc');
  for (const project of [
    'tsconfig.json',
    'packages/sdk/tsconfig.json',
    'apps/web/tsconfig.json',
    'apps/web/tsconfig.node.json',
  ]) {
    const types = run('typescript/bin/tsc', ['--noEmit', '-p', project]);
    if (types !== 0) {
      failed(`The type check of ${project}`);
      return false;
    }
  }
  return true;
}

/**
 * Prints the closing line and, before it, what a green list of tests would hide.
 * @param {number} status vitest's own
 * @param {string} report the file with its JSON report
 */
function summarize(status, report) {
  const files = readReport(report);
  if (files === null) return failed('vitest', 'It ended without a report.');

  const tests = files.flatMap((file) => file.assertionResults);
  const skipped = tests.filter((test) => !['passed', 'failed'].includes(test.status));
  const passed = tests.filter((test) => test.status === 'passed').length;
  // A file that cannot be loaded holds no test that could fail; it counts as one.
  const unloadable = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failures = tests.filter((test) => test.status === 'failed').length + unloadable.length;

  for (const file of unloadable) console.error(`failed outside of its tests: ${relative(ROOT, file.name)}`);
  for (const test of skipped) console.error(`skipped: ${test.fullName}`);
  if (inCi && skipped.length > 0) console.error('Skipped tests are a failure in CI.');
  if (status !== 0 && failures === 0)
    console.error('vitest failed outside of the tests: see its report above.');

  console.log(
    `\n${passed} passed, ${failures} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
  );
  return status !== 0 || failures > 0 || passed === 0 || (inCi && skipped.length > 0) ? 1 : 0;
}

/**
 * @param {string} path
 * @returns {TestFile[] | null}
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch {
    return null;
  }
}

/**
 * Runs a program of node_modules with this Node, its output shown.
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const path = join(ROOT, 'node_modules', program);
  const { status } = spawnSync(process.execPath, [path, ...args], {
    cwd: ROOT,
    // Some programs colour whatever they print when CI is set; a log file is read without a terminal.
    env: callerEnvironment(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status ?? 1;
}

/** @param {string} step */
function announce(step) {
  console.log(`\n── ${step}`);
}

/**
 * @param {string} step
 * @param {string} [advice]
 */
function failed(step, advice = '') {
  console.error(`\n${step} failed. ${advice}`.trimEnd());
  return 1;
}
