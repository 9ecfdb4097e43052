/**
 * `kanda keys` with everything in PostgreSQL: two servers, each with a key file of its own, as on two machines.
 *
 * Seen to fail without what it guards: with one bit of each data key changed as it was wrapped anew
 * (crypto/secret-box.ts), the client that no one had used before the rotation could not be judged after it.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readMasterKeyFile } from '../../apps/server/src/crypto/master-key-file.ts';
import { accountWithKey, kanda, kandaDone, type Run } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { Caller, codeOf, type Enrolled } from '../support/caller.ts';
import { endAll, KandaProcess, serveUntilItEnds, temporaryFolder } from '../support/kanda-process.ts';
import { databaseOf, postgresServer, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const ACCOUNTS = 4;
const SERVER_KEYS = 4;
const CLIENTS = 300;
/** Of them, for what is asked between the commands. */
const KEPT = 20;
const ACCEPTED = '200 {"valid":true}';

/** The folders of two machines, and the database that both lead to. */
let here: string;
let there: string;
let env: Record<string, string>;
let apiKey: string;

beforeEach(async () => {
  [here, there] = [temporaryFolder(), temporaryFolder()];
  env = { KANDA_DATABASE_URL: await databaseOf(here) };
  ({ apiKey } = await accountWithKey(here));
  copyFileSync(keyFile(here), keyFile(there));
});

const keyFile = (dataDir: string) => join(dataDir, 'master.key');
const idsIn = (dataDir: string) => readMasterKeyFile(keyFile(dataDir)).map(({ id }) => id);
const keys = (command: 'status' | 'rotate' | 'retire', dataDir: string, ...flags: string[]): Promise<Run> =>
  kanda(['keys', command, ...flags, '--data-dir', dataDir], { env });

async function statusAt(dataDir: string) {
  const { code, stdout } = await keys('status', dataDir, '--json');
  return { code, ...JSON.parse(stdout) };
}

/** As the page has an operator do it: a new key on a line above the present one. */
function putNewKey(dataDir: string, key: string): void {
  writeFileSync(keyFile(dataDir), `${key}\n${readFileSync(keyFile(dataDir), 'utf8')}`);
}

/** Codes of theirs are shown for five minutes. */
function enrolMany(caller: Caller, count: number): Promise<Enrolled[]> {
  const ids = Array.from({ length: count }, (_, index) => `user-${index}`);
  return Promise.all(ids.map((clientId) => caller.enrol(clientId, { period: 300 })));
}

async function keyEvents(): Promise<unknown[]> {
  const server = await postgresServer();
  const rows = await server.query(
    'select type, actor from event where account_id = 0 order by id',
    env.KANDA_DATABASE_URL,
  );
  return rows.map(({ type, actor }) => [{ 21: 'rotated', 22: 'retired' }[String(type)], actor]);
}

test('status tells what each key wraps, on every machine', async () => {
  const [id] = idsIn(here);
  for (const dataDir of [here, there]) {
    expect(await statusAt(dataDir)).toMatchObject({
      code: 0,
      state: 'steady',
      source: keyFile(dataDir),
      keys: [{ id, role: 'current', dataKeys: 1, serverKeys: SERVER_KEYS }],
    });
  }
});

test('rotate makes no key by itself, since other machines would not have it, and says what to do', async () => {
  const before = readFileSync(keyFile(here), 'utf8');
  const refused = await keys('rotate', here);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/Several servers may share this database.*openssl rand -base64 32/);
  expect(readFileSync(keyFile(here), 'utf8')).toBe(before);
  expect(await statusAt(here)).toMatchObject({ state: 'steady' });
  expect(await keyEvents()).toEqual([]);
});

test('a rotation beside two servers that judge codes: each secret from before opens, under the new key alone too', async () => {
  for (let account = 1; account < ACCOUNTS; account++)
    await accountWithKey(here, `user-${account}@example.com`);
  const servers = await Promise.all([here, there].map((dataDir) => KandaProcess.start({ dataDir, env })));
  const callers = servers.map(({ url }) => new Caller(url).withBearer(apiKey));
  // A secret that a server has opened once is remembered, so each of these is asked for once.
  const unused = await enrolMany(callers[0] as Caller, CLIENTS);
  const [oldId] = idsIn(here);
  const answers = new Set<string>();
  const asked = async (caller: Caller) => {
    const client = unused.pop();
    if (client === undefined) throw new Error('no client is left that no one has asked for');
    const { status, text } = await caller.validate(client.clientId, codeOf(client));
    answers.add(`${status} ${text}`);
    return `${status} ${text}`;
  };
  const bothAccept = async () => {
    for (const caller of callers) expect(await asked(caller)).toBe(ACCEPTED);
  };
  let stopped = false;
  const load = callers.map(async (caller) => {
    while (!stopped && unused.length > KEPT) {
      await asked(caller);
      await sleep(50);
    }
  });

  const newKey = Buffer.alloc(32, 5).toString('base64');
  for (const dataDir of [here, there]) putNewKey(dataDir, newKey);
  const [newId] = idsIn(here);
  expect(idsIn(there)).toEqual([newId, oldId]);
  expect(await statusAt(there)).toMatchObject({ code: 0, state: 'rotating' });
  const early = await keys('retire', here);
  expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining(`The store still needs ${oldId}`) });
  await bothAccept();

  const rotated = await keys('rotate', here);
  expect(rotated).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`under this master key now: ${ACCOUNTS + SERVER_KEYS} keys`),
  });
  await bothAccept();
  // Run at the other machine too, it finds everything done.
  expect(await keys('rotate', there)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('under this master key already'),
  });
  expect(await statusAt(there)).toMatchObject({
    state: 'retirable',
    keys: [
      { id: newId, role: 'current', dataKeys: ACCOUNTS, serverKeys: SERVER_KEYS },
      { id: oldId, role: 'older', dataKeys: 0, serverKeys: 0 },
    ],
  });
  for (const dataDir of [here, there]) {
    const retired = await keys('retire', dataDir);
    expect(retired).toMatchObject({ code: 0, stdout: expect.stringContaining(`${oldId} was taken away`) });
    expect(idsIn(dataDir)).toEqual([newId]);
  }
  await bothAccept();
  const enrolled = await (callers[1] as Caller).enrol('under-the-new-key');
  expect((await (callers[0] as Caller).validate('under-the-new-key', codeOf(enrolled))).json).toEqual({
    valid: true,
  });
  stopped = true;
  await Promise.all(load);
  expect([...answers]).toEqual([ACCEPTED]);
  expect(await keyEvents()).toEqual([
    ['rotated', 'cli'],
    ['retired', 'cli'],
    ['retired', 'cli'],
  ]);

  // Without any memory, and with the new key alone.
  for (const server of servers) {
    await server.stop();
    expect(server.output).not.toMatch(/secret_unreadable|"level":[56]0/);
  }
  const restarted = await KandaProcess.start({ dataDir: there, env });
  expect(await asked(new Caller(restarted.url).withBearer(apiKey))).toBe(ACCEPTED);
  await restarted.stop();
});

test('a machine that was not given the new key: status and the start name the key that it lacks', async () => {
  const [oldId] = idsIn(here);
  putNewKey(here, Buffer.alloc(32, 6).toString('base64'));
  const [newId] = idsIn(here);
  await kandaDone(['keys', 'rotate', '--data-dir', here], { env });
  expect(await statusAt(there)).toMatchObject({
    code: 1,
    state: 'missing',
    keys: [
      { id: oldId, role: 'current', dataKeys: 0 },
      { id: newId, role: 'missing', dataKeys: 1 },
    ],
  });
  const { code, output } = await serveUntilItEnds({ dataDir: there, env });
  expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`under master key ${newId}`) });
  for (const command of ['rotate', 'retire'] as const) {
    expect(await keys(command, there)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(newId ?? ''),
    });
  }
});
