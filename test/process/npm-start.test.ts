/**
 * `npm start` ends when the process that was started gets a signal. npm passes a signal on to its shell alone, and dash
 * keeps running beside the program that it starts unless it is made to become it: seen to fail without `exec` in the
 * scripts of package.json, on dash, with both versions of npm: the server went on and kept its port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { endAll, temporaryFolder } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORT_FREE_WITHIN_MS = 10_000;
const installed = findTool('npm 10 and 11');
const shells = ['/bin/dash', '/bin/bash'].filter(existsSync);

const started = new Set<ChildProcess>();
afterAll(async () => {
  // A group: where the test fails, the server has outlived npm.
  for (const { pid } of started) if (pid !== undefined) endGroup(pid);
  await endAll();
});

describe.skipIf(installed === null)('npm start', () => {
  const cases = ['npm-10', 'npm-11'].flatMap((npm) =>
    shells.flatMap((shell) => (['SIGTERM', 'SIGINT'] as const).map((signal) => ({ npm, shell, signal }))),
  );

  // They wait for npm most of the time.
  test.concurrent.each(cases)('of $npm under $shell ends at $signal, and the port is free', async (one) => {
    const cli = join(dirname(dirname(installed ?? '')), one.npm, 'bin', 'npm-cli.js');
    const child = spawn(process.execPath, [cli, 'start'], {
      cwd: ROOT,
      env: callerEnvironment({
        npm_config_script_shell: one.shell,
        KANDA_PORT: '0',
        KANDA_WEB: 'off',
        KANDA_DATA_DIR: temporaryFolder(),
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    started.add(child);
    const port = await portOf(child);
    const ended = once(child, 'exit');
    child.kill(one.signal);
    await ended;
    const begun = performance.now();
    while ((await answers(port)) && performance.now() - begun < PORT_FREE_WITHIN_MS) await sleep(50);
    expect(await answers(port)).toBe(false);
    started.delete(child);
  });
});

test('every script that runs a program becomes it', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const served = ['start', 'kanda', 'test', 'bench', 'simulate', 'ha'];
  for (const name of served.flatMap((script) => [script, `pre${script}`]))
    expect(scripts[name], name).toMatch(/^(?:[A-Z_]+=\S+ )*exec node /);
});

/** The port that the server says it listens on. */
async function portOf(child: ChildProcess): Promise<number> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  for (;;) {
    const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
    if (port !== undefined) return Number(port);
    if (child.exitCode !== null) throw new Error(`npm start ended:\n${printed}`);
    await sleep(20);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended with all that it started.
  }
}
