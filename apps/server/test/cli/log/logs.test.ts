/** `kanda logs` and `kanda audit export` beside a running server, on whatever store the test file has chosen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { storeVariables } from '../../../../../test/support/test-database.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { accountWithKey, KANDA, kanda, kandaDone } from '../lib/run-kanda.ts';

afterAll(endAll);

describe('kanda logs and kanda audit export, beside a running server', () => {
  let server: KandaProcess;
  let caller: Caller;
  beforeAll(async () => {
    server = await KandaProcess.start({ env: { KANDA_REGISTRATION: 'closed' } });
    caller = new Caller(server.url).withBearer((await accountWithKey(server.dataDir)).apiKey);
    await caller.enrol('alice');
    await caller.validate('alice', '000000');
  });
  afterAll(() => caller.close());

  const logs = (...args: string[]) => kandaDone(['logs', '--data-dir', server.dataDir, ...args]);
  const named = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event);

  test('the newest events, oldest first, in lines and as JSON, with filters', async () => {
    const all = named((await logs('--json')).stdout);
    expect(all).toEqual(['account.registered', 'key.created', 'client.registered', 'totp.validated']);
    expect(named((await logs('--json', '--lines', '2')).stdout)).toEqual(all.slice(2));
    expect(named((await logs('--json', '--failures')).stdout)).toEqual(['totp.validated']);
    expect(named((await logs('--json', '--event', 'key.created')).stdout)).toEqual(['key.created']);
    expect((await logs('--client', 'alice', '--failures')).stdout).toMatch(
      /^\d{4}-\S+ \S+ UTC {2}totp\.validated {2}failure {2}invalid_code {2}user alice {2}by key:\w+ {2}from 127\.0\.0\.1\n$/,
    );
    expect(named((await logs('--json', '--event', 'key.*,client.*')).stdout)).toEqual(all.slice(1, 3));
    expect(named((await logs('--json', '--reason', 'locked,invalid_code')).stdout)).toEqual(all.slice(3));
    expect(named((await logs('--json', '--actor', 'key:*', '--ip', '127.0.0.0/8')).stdout)).toEqual(
      all.slice(2),
    );
    expect(named((await logs('--json', '--search', 'ALI', '--client-prefix', 'al')).stdout)).toEqual(
      all.slice(2),
    );
    expect(await kanda(['logs', '--ip', 'home', '--data-dir', server.dataDir])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^--ip is no address or network such as 192\.0\.2\.0\/24: home/),
    });
    const unknown = await kanda(['logs', '--event', 'client.lock', '--data-dir', server.dataDir]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^--event names no event: client\.lock\. The events/),
    });
  });

  test("the installation's own log has what concerns no account", async () => {
    await caller.post('/api/auth/login', { email: 'none@example.com', password: 'something that is not it' });
    const { stdout } = await logs('--installation', '--json');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'account.login',
      outcome: 'failure',
      reason: 'credentials_invalid',
    });
    const both = await kanda(['logs', '--installation', '--test', '--data-dir', server.dataDir]);
    expect(both).toMatchObject({ code: 1, stderr: expect.stringMatching(/leave --account and --test out/) });
  });

  test('--follow prints what comes at the running server, and ends cleanly with SIGINT', async () => {
    const args = [KANDA, 'logs', '--follow', '--json', '--lines', '1', '--data-dir', server.dataDir];
    const child = spawn(process.execPath, args, {
      env: bareEnvironment(await storeVariables(server.dataDir)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const next = async () => JSON.parse((await lines.next()).value ?? 'null');
      const first = await next();
      await caller.enrol('bob');
      expect(await next()).toMatchObject({ event: 'client.registered', clientId: 'bob', id: first.id + 1 });
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('audit export writes what GET /api/logs exports, readable for this user alone', async () => {
    const file = join(temporaryFolder(), 'log.ndjson');
    const args = ['audit', 'export', '--data-dir', server.dataDir];
    const written = await kandaDone([...args, file]);
    const text = readFileSync(file, 'utf8');
    const events = text.trim().split('\n').length;
    expect(written.stdout).toMatch(
      new RegExp(`^${events} events of kanda/acc_\\w+ are in ${file}, as ndjson\\.\\n$`),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(text).toBe((await caller.get('/api/logs?format=ndjson')).text);
    expect((await kandaDone([...args, '--format', 'csv', '-'])).stdout).toBe(
      (await caller.get('/api/logs?format=csv')).text,
    );
    expect(
      JSON.parse((await kandaDone([...args, '--json', '--force', '--failures', file])).stdout),
    ).toMatchObject({
      events: 1,
    });
    expect(await kanda([...args, file])).toMatchObject({
      code: 1,
      stderr: `${file} is there already. Replace it with --force.\n`,
    });
    // The second would be of the zone of the machine.
    for (const none of ['today', '2027-01-31T09:30', '2027-13-01', '2027-01-31 09:30Z']) {
      expect((await kanda([...args, '--from', none, '-'])).stderr).toMatch(/^--from takes a day or a time/);
    }
  });
});
