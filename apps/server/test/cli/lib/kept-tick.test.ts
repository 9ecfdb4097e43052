/** What the start of the program does so that V8 keeps what it has compiled. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { KANDA } from './run-kanda.ts';

const COUNTER = fileURLToPath(new URL('count-kept-ticks.mjs', import.meta.url));

test('one object of process.nextTick is kept to the end, so that V8 keeps the shape of all', () => {
  const args = ['--expose-gc', '--import', COUNTER, KANDA, 'doctor', '--data-dir', 'no-such-folder'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env: bareEnvironment() });
  expect(stdout).toMatch(/ticks: \d+, kept: 1\n$/);
});
