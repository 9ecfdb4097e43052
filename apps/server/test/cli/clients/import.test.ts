/** `kanda import`, as an operator runs it: into the store, and through a running server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase32 } from '@kanda/otp';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { accountWithKey, KANDA, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

const SAMPLES = new URL('../../../../../packages/formats/samples/', import.meta.url);
const sample = (name: string) => new URL(name, SAMPLES).pathname;

afterAll(endAll);

/** What a terminal acts on: control characters but line ends, and marks that reorder text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** Rows of a table of users, each with a secret that follows from its number. */
function table(rows: number): string {
  const secret = (row: number) => encodeBase32(Buffer.from(`kanda-import-${String(row).padStart(7, '0')}`));
  return `user,seed\n${Array.from({ length: rows }, (_, row) => `user-${row},${secret(row)}`).join('\n')}\n`;
}

async function clientsOf(url: string, apiKey: string): Promise<number> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const stats = (await (await fetch(`${url}/api/stats`, { headers })).json()) as {
    clients: { total: number };
  };
  return stats.clients.total;
}

/** A server with an account, and the arguments of an import of `count` users through it. */
async function throughServer(rows: number) {
  const dataDir = temporaryFolder();
  const { email } = await accountWithKey(dataDir);
  const server = await KandaProcess.start({ dataDir });
  const post = async (path: string, body: object, token = '') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await answer.json()) as { token: string; apiKey: string };
  };
  const { token } = await post('/api/auth/login', { email, password: PASSWORD });
  const scopes = ['totp:import', 'logs:read'];
  const { apiKey } = await post('/api/keys', { name: 'import', scopes }, token);
  const [file, keyFile] = [join(dataDir, 'users.csv'), join(dataDir, 'key')];
  writeFileSync(file, table(rows));
  writeFileSync(keyFile, `${apiKey}\n`);
  const map = ['--map', 'secret=seed,clientId=user', '--issuer', 'MyApp', '--yes'];
  const args = ['import', '--url', server.url, '--api-key-file', keyFile, ...map, file];
  return { server, apiKey, args };
}

describe('kanda import', () => {
  test('shows nothing of a file that would act on the terminal', async () => {
    const dataDir = temporaryFolder();
    const { email } = await accountWithKey(dataDir);
    const file = join(dataDir, 'users.ndjson');
    const wild = '\u001b[2J\u001b]0;title\u0007\u202egnp\u009b';
    const line = (more: object) =>
      JSON.stringify({
        kanda: 1,
        clientId: 'ada',
        label: 'Ada',
        issuer: 'MyApp',
        secret: 'A'.repeat(32),
        ...more,
      });
    const lines = [{}, { clientId: wild }, { clientId: 'b', label: wild }, { clientId: 'c', issuer: wild }];
    const more = [
      { clientId: 'd', type: wild },
      { clientId: 'e', algorithm: wild },
      { clientId: 'f', secret: wild },
    ];
    writeFileSync(file, [...lines, ...more].map(line).join('\n'));
    const { stdout, stderr } = await kanda([
      'import',
      '--data-dir',
      dataDir,
      '--account',
      email,
      '--yes',
      file,
    ]);
    expect(stdout).toMatch(/^enrolled {2}3$/m);
    expect(stderr).toContain('must not have a control character: character 1 is U+001B');
    expect(`${stdout}${stderr}`).not.toMatch(ACTS);
  });

  test('shows nothing of a server that would act on the terminal', async () => {
    const folder = temporaryFolder();
    const [file, key] = [join(folder, 'users.csv'), join(folder, 'key')];
    writeFileSync(file, table(1));
    writeFileSync(key, 'kan_any\n');
    const wild = '\u001b[2J\u001b]0;title\u0007\u202egnp\u009b';
    for (const [status, answer] of [
      [200, { results: [{ clientId: wild, result: 'refused', detail: wild }] }],
      [400, { detail: wild }],
    ] as const) {
      const server = createServer((request, response) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const from = ['--map', 'clientId=user,secret=seed', '--issuer', 'MyApp', '--yes'];
      const { stdout, stderr } = await kanda(['import', '--url', url, '--api-key-file', key, ...from, file]);
      server.closeAllConnections();
      server.close();
      expect(`${stdout}${stderr}`).toContain('\\u001b[2J');
      expect(`${stdout}${stderr}`).not.toMatch(ACTS);
    }
  });

  test('shows what it understood, imports into the store, and changes nothing the second time', async () => {
    const dataDir = temporaryFolder();
    const { email } = await accountWithKey(dataDir);
    const into = ['--data-dir', dataDir, '--account', email];
    const file = sample('django-otp.json');

    const dry = await kandaDone(['import', ...into, '--issuer', 'MyApp', '--dry-run', file]);
    expect(dry.stderr).toContain('The file is django-otp, with 46 to import.');
    expect(dry.stderr).toContain(
      'skipped entry 10 (and 3 more): The device was never confirmed by a first code.',
    );
    expect(dry.stdout).toMatch(
      /^Nothing was changed\. The import would come to:\n\nenrolled {2}46\nskipped {3}4$/m,
    );

    const report = join(dataDir, 'report.ndjson');
    const done = await kandaDone(['import', ...into, '--issuer', 'MyApp', '--yes', '--report', report, file]);
    expect(done.stdout).toMatch(/^enrolled {2}46$/m);
    const again = await kandaDone(['import', ...into, '--issuer', 'MyApp', '--yes', file]);
    expect(again.stdout).toMatch(/^unchanged {2}46$/m);

    const lines = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ place: 'entry 1', clientId: 'user01', result: 'enrolled' });
    expect(lines.filter(({ result }) => result === 'skipped')).toHaveLength(4);
    expect(statSync(report).mode & 0o777).toBe(0o600);
    const secret = JSON.parse(readFileSync(file, 'utf8'))[0].fields.key;
    expect(`${dry.stderr}${done.stdout}${readFileSync(report, 'utf8')}`).not.toContain(secret);
  });

  test('reads a large file in parts, and knows in the last of them what was in the first', async () => {
    const dataDir = temporaryFolder();
    const { email } = await accountWithKey(dataDir);
    const [file, report] = [join(dataDir, 'users.csv'), join(dataDir, 'report.ndjson')];
    const rows = 50_000;
    writeFileSync(file, `${table(rows)}user-0,${'Z'.repeat(32)}\nshort,ZZZZ\n`);
    expect(statSync(file).size).toBeGreaterThan(2 * 1_048_576);
    const map = ['--map', 'secret=seed,clientId=user', '--issuer', 'MyApp', '--report', report];
    const dry = await kanda(['import', '--data-dir', dataDir, '--account', email, ...map, '--dry-run', file]);
    expect(dry.stderr).toContain(`The file is csv, with ${rows} to import.`);
    expect(dry.stderr).toContain(`refused line ${rows + 2}: user-0 comes twice: it is at line 2, too.`);
    expect(dry.stdout).toMatch(/^enrolled {2}50000\nrefused {3}2$/m);
    const lines = readFileSync(report, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(rows + 2);
    expect(JSON.parse(lines[rows - 1] ?? '')).toMatchObject({
      place: `line ${rows + 1}`,
      result: 'enrolled',
    });
    expect(JSON.parse(lines[rows + 1] ?? '')).toMatchObject({ place: `line ${rows + 2}`, result: 'refused' });
  });

  test('takes the password of a file from a file, and says what is missing', async () => {
    const dataDir = temporaryFolder();
    const { email } = await accountWithKey(dataDir);
    const into = ['--data-dir', dataDir, '--account', email, '--yes'];
    const locked = await kanda(['import', ...into, sample('pskc-password.xml')]);
    expect(locked.code).toBe(1);
    expect(locked.stderr).toContain('The secrets are encrypted with a password. Give its password.');
    const password = join(dataDir, 'password');
    writeFileSync(password, 'qwerty\n');
    const opened = await kanda([
      'import',
      ...into,
      '--password-file',
      password,
      '--client-id',
      'token-{name}{label}',
      sample('pskc-password.xml'),
    ]);
    expect(opened.stdout).toMatch(/^enrolled {2}3$/m);
  });

  test('refuses what is not clear: no consent, no account, a rule or a column that does not exist', async () => {
    const dataDir = temporaryFolder();
    const { email } = await accountWithKey(dataDir);
    const file = join(dataDir, 'users.csv');
    writeFileSync(file, table(2));
    const into = ['--data-dir', dataDir, '--account', email];
    const refusal = async (args: readonly string[]) => {
      const run = await kanda(['import', ...args, file]);
      expect(run.code, run.stdout).toBe(1);
      return run.stderr;
    };
    const map = ['--map', 'secret=seed,clientId=user', '--issuer', 'MyApp'];
    expect(await refusal([...into, ...map])).toContain('There is no terminal to ask for your consent.');
    expect(await refusal([...map, '--yes'])).toContain('Say whose users these are');
    expect(await refusal(['--data-dir', dataDir, '--account', 'eve@example.com', ...map])).toContain(
      'There is no account with the address',
    );
    expect(await refusal([...into, ...map, '--on-conflict', 'guess'])).toContain('skip, fail or replace');
    expect(await refusal([...into, ...map, '--client-id', '{email}'])).toContain('--client-id takes');
    expect(await refusal([...into, '--yes'])).toContain('Name one of:');
    expect(await refusal([...into, '--map', 'secret=sed', '--yes'])).toContain('The file has no column sed.');
    expect((await kandaDone(['import', ...into, ...map, '--yes', file])).stdout).toMatch(/^enrolled {2}2$/m);

    writeFileSync(file, table(3).replace(/user-0,./, 'user-0,Z'));
    const fail = await kanda(['import', ...into, ...map, '--yes', '--on-conflict', 'fail', file]);
    expect(fail.code).toBe(1);
    expect(fail.stdout).toMatch(/Nothing was changed[\s\S]*^enrolled {3}1$[\s\S]*^conflict {3}1$/m);
  });

  test('through a server, killed half way and run again: everyone is there once', async () => {
    const { server, apiKey, args } = await throughServer(3_000);
    const killed = spawn(process.execPath, [KANDA, ...args], { env: bareEnvironment({}), stdio: 'ignore' });
    const ended = new Promise((resolve) => killed.once('exit', resolve));
    let there = 0;
    while (there < 500) there = await clientsOf(server.url, apiKey);
    killed.kill('SIGKILL');
    await ended;
    there = await clientsOf(server.url, apiKey);
    expect(there).toBeLessThan(3_000);

    const { stdout } = await kandaDone(args);
    const count = (name: string) => Number(new RegExp(`^${name} +(\\d+)$`, 'm').exec(stdout)?.[1]);
    expect(count('unchanged')).toBeGreaterThanOrEqual(there);
    expect(count('unchanged') + count('enrolled')).toBe(3_000);
    expect(await clientsOf(server.url, apiKey)).toBe(3_000);
  });

  test('through a server that is killed half way and started again: the command goes on, and everyone is there once', async () => {
    const { server, apiKey, args } = await throughServer(2_000);
    const running = kandaDone(args);
    while ((await clientsOf(server.url, apiKey)) < 500);
    await server.kill();
    await sleep(1_500);
    const again = await server.again({ flags: ['--port', String(server.port)] });
    const { stdout } = await running;
    const count = (name: string) => Number(new RegExp(`^${name} +(\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
    expect(count('unchanged') + count('enrolled')).toBe(2_000);
    expect(await clientsOf(again.url, apiKey)).toBe(2_000);
    const headers = { authorization: `Bearer ${apiKey}` };
    const url = `${again.url}/api/logs?format=ndjson&event=client.registered`;
    const log = (await (await fetch(url, { headers })).text()).trim().split('\n');
    expect(new Set(log.map((line) => JSON.parse(line).clientId)).size).toBe(2_000);
    expect(log).toHaveLength(2_000);
  });
});
