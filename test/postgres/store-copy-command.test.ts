/** `kanda store copy`, there and back, killed on the way, beside a server that still has the old store open. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seed } from '../../bench/seed.ts';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller, codeOf, type Enrolled } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { databaseOf, postgresServer } from '../support/test-database.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));
/** Enough that a copy takes a while. */
const CLIENTS = 12_000;
const EVENTS = 20_000;

let dataDir: string;
let url: string;
let apiKey: string;
let client: Enrolled;
let usedCode: string;

beforeAll(async () => {
  dataDir = temporaryFolder();
  apiKey = (await seed(dataDir, CLIENTS, EVENTS)).apiKey;
  url = await databaseOf(dataDir);
  const server = await KandaProcess.start({ dataDir });
  const caller = new Caller(server.url).withBearer(apiKey);
  client = await caller.enrol('alice', { period: 300 });
  usedCode = codeOf(client, 1);
  expect((await caller.validate('alice', usedCode)).json).toEqual({ valid: true });
  await server.stop();
});
afterAll(endAll);

test('killed on the way it goes on when run again; the old store refuses everything, and says where it went', async () => {
  const open = await KandaProcess.start({ dataDir });
  const caller = new Caller(open.url).withBearer(apiKey);

  const first = copy(dataDir, url);
  await untilCopied(1_000);
  first.child.kill('SIGKILL');
  await first.ended;

  // A server that has it open since before can no longer accept anything.
  expect((await caller.validate('alice', codeOf(client, 1))).status).toBe(503);
  expect((await caller.get('/readyz')).status).toBe(503);
  expect((await caller.get('/api/totp/clients/alice')).status).toBe(200);
  await open.stop();
  expect(await refusal({ dataDir })).toContain('is being copied to');
  // Nor is the new one to be had before it is whole.
  expect(await refusal({ dataDir, env: { KANDA_DATABASE_URL: url } })).toContain('is not whole');

  const second = await copy(dataDir, url).ended;
  expect(second.output).toMatch(/, with [1-9]\d{3,} that an earlier run had copied\./);
  expect(second.code).toBe(0);
  expect(second.output).toMatch(/event +2\d{4} +[0-9a-f]{64}/);
  expect(await refusal({ dataDir })).toContain('This store was left at');

  const server = await KandaProcess.start({ dataDir, env: { KANDA_DATABASE_URL: url } });
  const there = new Caller(server.url).withBearer(apiKey);
  // What was used there is used here.
  expect((await there.validate('alice', usedCode)).json).toMatchObject({ valid: false });
  expect((await there.events('alice')).at(-1)).toMatchObject({ reason: 'code_already_used' });
  expect((await there.validate('alice', codeOf(client, 1) === usedCode ? '000000' : usedCode)).status).toBe(
    200,
  );
  expect((await there.enrol('bob')).clientId).toBe('bob');
  await server.stop();
});

test('back again into an empty folder: everything is there, and PostgreSQL refuses from then on', async () => {
  const folder = temporaryFolder();
  const back = await copy(url, folder).ended;
  expect(back.output).toContain('takes no changes any more');
  expect(back.code).toBe(0);
  copyFileSync(join(dataDir, 'master.key'), join(folder, 'master.key'));
  expect(await refusal({ dataDir, env: { KANDA_DATABASE_URL: url } })).toContain('This store was left at');
  const server = await KandaProcess.start({ dataDir: folder });
  const caller = new Caller(server.url).withBearer(apiKey);
  expect((await caller.get('/api/totp/clients/bob')).status).toBe(200);
  expect((await caller.validate('alice', usedCode)).json).toMatchObject({ valid: false });
  await server.stop();
});

test('a copy that was ended for good: the old store takes changes again, the new one is empty', async () => {
  const from = temporaryFolder();
  const key = (await seed(from, 6_000, 6_000)).apiKey;
  const to = temporaryFolder();
  const first = copy(from, to);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!existsSync(join(to, 'kanda.db')) || rowsIn(join(to, 'kanda.db'), 'client') < 1_000) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  first.child.kill('SIGKILL');
  await first.ended;
  const cancelled = await copy(from, to, '--cancel').ended;
  expect(cancelled.output).toContain('takes changes again');
  expect(rowsIn(join(to, 'kanda.db'), 'client')).toBe(0);
  const server = await KandaProcess.start({ dataDir: from });
  expect((await new Caller(server.url).withBearer(key).enrol('carol')).clientId).toBe('carol');
  await server.stop();
});

test('a store with anything in it is never copied into', async () => {
  const from = temporaryFolder();
  const to = temporaryFolder();
  await seed(from, 1, 0);
  await seed(to, 1, 0);
  const refused = await copy(from, to).ended;
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('is not empty');
});

interface Copying {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; output: string }>;
}

function copy(from: string, to: string, ...flags: string[]): Copying {
  const child = spawn(process.execPath, [KANDA, 'store', 'copy', '--from', from, '--to', to, ...flags], {
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  const ended = once(child, 'close').then(([code]) => ({ code, output: printed.join('') }));
  return { child, ended };
}

async function untilCopied(clients: number): Promise<void> {
  const server = await postgresServer();
  for (;;) {
    const [row] = await server.query("select to_regclass('client') is not null as made", url);
    if (row?.made === true) {
      const [count] = await server.query('select count(*)::int as n from client', url);
      if (Number(count?.n) >= clients) return;
    }
  }
}

function rowsIn(path: string, table: string): number {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  try {
    return (sqlite.prepare(`select count(*) as n from ${table}`).get() as { n: number }).n;
  } catch {
    return 0;
  } finally {
    sqlite.close();
  }
}

async function refusal(options: Parameters<typeof KandaProcess.start>[0]): Promise<string> {
  const started = await KandaProcess.start(options).then(
    () => 'it started',
    (error: Error) => error.message,
  );
  return started;
}
