/** `kanda serve --test`: a Kanda that is thrown away, as test suites start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller } from '../support/caller.ts';

const MAIN = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url));

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-serve-test-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(words: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [MAIN, 'serve', '--test', ...words], {
    env: bareEnvironment({ TMPDIR: folder, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error(`it ended without a line: ${await text(child.stderr as NodeJS.ReadableStream)}`);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'prints one line of JSON, serves with a test key, and after %s leaves nothing behind',
  async (signal) => {
    // Variables that would lead it to a real store do nothing.
    const child = start(['--json'], {
      KANDA_DATABASE_URL: 'postgres://127.0.0.1:1/real',
      KANDA_DATA_DIR: '/real',
    });
    const { url, apiKey, email, password } = JSON.parse(await firstLine(child));
    expect(apiKey).toMatch(/^kan_test_/);
    expect(readdirSync(folder)).toHaveLength(1);
    const caller = new Caller(url).withBearer(apiKey);
    await caller.enrol('ada');
    const { code } = (await caller.get('/api/test/clients/ada/code')).json;
    expect((await caller.validate('ada', code)).json).toEqual({ valid: true });
    expect((await caller.post('/api/test/clock', { advanceSeconds: 3600 })).json.offsetSeconds).toBe(3600);
    const login = await new Caller(url).post('/api/auth/login', { email, password });
    expect(login.status).toBe(200);
    caller.close();
    const exited = once(child, 'exit');
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('says the same in words without --json', async () => {
  const child = start([]);
  expect(await firstLine(child)).toMatch(
    /^A Kanda for tests listens on http:\/\/127\.0\.0\.1:\d+\. It is thrown away/,
  );
});

test('takes a folder that is named, and leaves it; one with a store is refused, and not changed', async () => {
  const named = join(folder, 'named');
  const child = start(['--json', '--data-dir', named]);
  await firstLine(child);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  expect(existsSync(join(named, 'kanda.db'))).toBe(true);
  const refused = start(['--json', '--data-dir', named]);
  const said = text(refused.stderr as NodeJS.ReadableStream);
  expect((await once(refused, 'exit'))[0]).toBe(1);
  expect(await said).toMatch(/is a store already, and kanda serve --test makes one of its own/);
});
