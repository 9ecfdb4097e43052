/** `@kanda/sdk/testing`, as the test suite of an application uses it: in vitest, which this is, and in node:test. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientNotFound, InvalidArgument, isValid } from '../../packages/sdk/src/index.ts';
import { type StartedKanda, startKanda, TestMode } from '../../packages/sdk/src/testing.ts';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { openAccount } from '../support/caller.ts';
import { endAll } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';
import { projectWithSdk, ROOT } from './sdk-package.ts';

const COMMAND = [process.execPath, join(ROOT, 'apps/server/bin/kanda.mjs')] as const;

let server: StartedKanda;
beforeAll(async () => {
  server = await startKanda({ command: COMMAND });
});
afterAll(async () => {
  await server.stop();
  await endAll();
});

test('a phone shows the codes that Kanda accepts, now and after the clock went on', async () => {
  const { kanda } = server.testMode;
  await kanda.register({ clientId: 'alice', label: 'a', issuer: 'b' });
  const phone = server.testMode.phone('alice');
  const before = await server.testMode.now();
  const token = await phone.code();
  expect(await phone.code()).toMatch(/^\d{6}$/);
  expect(isValid(await kanda.validate({ clientId: 'alice', token }))).toBe(true);
  expect(isValid(await kanda.validate({ clientId: 'alice', token }))).toBe(false);
  for (let step = 0; step < 3; step++) {
    expect(isValid(await kanda.validate({ clientId: 'alice', token: await phone.nextCode() }))).toBe(true);
  }
  expect((await server.testMode.now()).getTime() - before.getTime()).toBeGreaterThan(60_000);
});

test('a hardware token shows one code after the other', async () => {
  const { kanda } = server.testMode;
  await kanda.register({ clientId: 'token', label: 'a', issuer: 'b', type: 'hotp' });
  const phone = server.testMode.phone('token');
  for (let press = 0; press < 3; press++) {
    expect(isValid(await kanda.validate({ clientId: 'token', token: await phone.nextCode() }))).toBe(true);
  }
});

test('all users go by one call', async () => {
  const { kanda } = server.testMode;
  await kanda.register({ clientId: 'bob', label: 'a', issuer: 'b' });
  await server.testMode.deleteClients();
  await expect(kanda.clients.get('bob')).rejects.toBeInstanceOf(ClientNotFound);
});

test('a live key is refused before anything is sent', async () => {
  const { apiKey } = await openAccount(server.url);
  expect(() => new TestMode({ url: server.url, apiKey })).toThrow(InvalidArgument);
});

test('a start that fails says why', async () => {
  await expect(startKanda({ command: ['no-such-program'] })).rejects.toThrow(/did not start.*ENOENT/s);
  const running = (script: string) => startKanda({ command: [process.execPath, '--eval', script] });
  await expect(running('console.error("no store"); process.exit(3)')).rejects.toThrow(
    /ended with 3.*no store/s,
  );
  await expect(running('console.log("kanda listens")')).rejects.toThrow(/not what .*kanda listens/s);
});

test('the example runs under node:test, in an empty project, without waiting for the next code', () => {
  const project = projectWithSdk();
  const example = join(project, 'two-factor.test.mjs');
  cpSync(fileURLToPath(new URL('example/two-factor.mjs', import.meta.url)), example);
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', example], {
    cwd: project,
    encoding: 'utf8',
    timeout: ENDS_WITHIN_MS,
    // What marks a child of this runner would silence it.
    env: callerEnvironment({ EXAMPLE_COMMAND: JSON.stringify(COMMAND), NODE_TEST_CONTEXT: undefined }),
  });
  expect(status, stdout).toBe(0);
  expect(stdout).toMatch(/^# pass 3$/m);
  const [, ms] = /the tests took (\d+) ms/.exec(stdout) ?? [];
  // In real time the lock and the token would take more than two hours.
  expect(Number(ms)).toBeLessThan(60_000);
});
