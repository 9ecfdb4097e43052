/**
 * docs/guides/testing.md: an integrator's own suite, run as its reader runs it, with `kanda serve --test` started by the suite.
 * It waits out a lock and a token's end, and has nothing to wait with.
 */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { endAll, temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(`${ROOT}/docs/guides/testing.md`, 'utf8');
const suite = fencedBlocks(guide)
  .filter(({ language }) => language === 'js')
  .map(({ text }) => text)
  .join('\n');

afterAll(endAll);

test('the suite of the guide passes, and sleeps nowhere', async () => {
  expect(suite).not.toMatch(/setTimeout|setInterval|sleep|timers|Atomics\.wait/);
  const folder = temporaryFolder();
  const kanda = join(folder, 'kanda');
  writeFileSync(kanda, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/apps/server/src/main.ts' "$@"\n`);
  chmodSync(kanda, 0o755);
  writeFileSync(join(folder, 'kanda.test.mjs'), suite);
  const env = callerEnvironment({
    PATH: `${folder}:${callerEnvironment().PATH}`,
    HOME: folder,
    TMPDIR: folder,
  });
  const printed = await new Promise<string>((resolve, reject) => {
    const words = ['--test', '--test-reporter=tap', 'kanda.test.mjs'];
    execFile(
      process.execPath,
      words,
      { cwd: folder, env, timeout: ENDS_WITHIN_MS },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      },
    );
  });
  const numberOf = (name: string) => Number(new RegExp(`^# ${name} ([\\d.]+)`, 'm').exec(printed)?.[1]);
  expect([numberOf('pass'), numberOf('fail'), numberOf('skipped')]).toEqual([5, 0, 0]);
  // The first one waits for the start of the server.
  const [, ...times] = [...printed.matchAll(/^ +duration_ms: ([\d.]+)/gm)].map(([, ms]) => Number(ms));
  const seconds = times.reduce((sum, ms) => sum + ms, 0) / 1000;
  console.log(`the suite of the guide: a lock, a token's end and two more in ${seconds.toFixed(2)} s`);
});
