import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const MODULE = new URL('../../../src/cli/lib/progress.ts', import.meta.url).href;

/** What a process whose errors go to a log, and to no terminal, tells of its progress. */
function log(logEveryMs: number | null): string {
  const script = `import { Progress } from ${JSON.stringify(MODULE)};
    const progress = new Progress('Copying'${logEveryMs === null ? '' : `, ${logEveryMs}`});
    for (const done of [0.1, 0.255, 1]) progress.show(done);
    progress.end();`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stderr;
}

test('in a log it tells nothing unless an interval was set', () => {
  expect(log(null)).toBe('');
});

test('in a log it tells nothing of a work that is shorter than that', () => {
  expect(log(10_000)).toBe('');
});

test('in a log it tells each time in a line of its own, without control characters', () => {
  expect(log(0)).toBe('Copying … 10 %\nCopying … 25 %\nCopying … 100 %\n');
});
