/**
 * `kanda keys` as an operator runs it: beside real servers that judge codes meanwhile, ended with SIGKILL at any
 * point, twice at once, and with the keys in a file and in the environment.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { Caller, codeOf, type Enrolled, wrongCodes } from '../../../../../test/support/caller.ts';
import {
  endAll,
  KandaProcess,
  serveUntilItEnds,
  temporaryFolder,
} from '../../../../../test/support/kanda-process.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { keyringOf } from '../../../src/compose/master-keys.ts';
import { readMasterKeyFile } from '../../../src/crypto/master-key-file.ts';
import { createSecretBox } from '../../../src/crypto/secret-box.ts';
import { accountWithKey, KANDA, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';
import { alter, storeWithClient } from '../store/stores.ts';

afterAll(endAll);

const SERVER_KEYS = 4;

interface Status {
  readonly state: 'missing' | 'rotating' | 'retirable' | 'steady';
  readonly keys: readonly {
    readonly id: string;
    readonly role: 'current' | 'older' | 'missing';
    readonly dataKeys: number;
    readonly serverKeys: number;
  }[];
}

async function statusOf(dataDir: string, env: Record<string, string> = {}): Promise<Status> {
  const { stdout } = await kanda(['keys', 'status', '--json', '--data-dir', dataDir], { env });
  return JSON.parse(stdout) as Status;
}

const keyFile = (dataDir: string) => join(dataDir, 'master.key');
const idsIn = (dataDir: string) => readMasterKeyFile(keyFile(dataDir)).map(({ id }) => id);
const rotate = (dataDir: string, env: Record<string, string> = {}) =>
  kanda(['keys', 'rotate', '--data-dir', dataDir], { env });
const retire = (dataDir: string, env: Record<string, string> = {}) =>
  kanda(['keys', 'retire', '--data-dir', dataDir], { env });

function query(dataDir: string, sql: string): Record<string, unknown>[] {
  const sqlite = new DatabaseSync(join(dataDir, 'kanda.db'), { readOnly: true });
  try {
    sqlite.exec('pragma busy_timeout = 5000');
    return sqlite.prepare(sql).all();
  } finally {
    sqlite.close();
  }
}

/** The rotations and retirements in the installation's own log, by their number in it. */
function keyEvents(dataDir: string): unknown[] {
  return query(dataDir, 'select type, actor from event where account_id = 0 order by id').map(
    ({ type, actor }) => [{ 21: 'rotated', 22: 'retired' }[String(type)], actor],
  );
}

/** Adds accounts, each with a data key of its own, so that a rotation has something to do. */
function addAccounts(dataDir: string, count: number): void {
  const box = createSecretBox(keyringOf(readMasterKeyFile(keyFile(dataDir))), (length) =>
    randomBytes(length),
  );
  const sqlite = new DatabaseSync(join(dataDir, 'kanda.db'));
  const account = sqlite.prepare(
    `insert into account (public_id, email, password_hash, credential_version, data_key_master, data_key, created_at)
     values (?, ?, 'none', 1, ?, ?, 0)`,
  );
  const head = sqlite.prepare(
    'insert into account_head (account_id, last_event, last_number) values (?, 0, 0)',
  );
  sqlite.exec('begin');
  for (let number = 0; number < count; number++) {
    const publicId = `acc_more${number}`;
    const { masterKeyId, wrapped } = box.createDataKey(publicId);
    const { lastInsertRowid } = account.run(publicId, `more-${number}@example.com`, masterKeyId, wrapped);
    head.run(lastInsertRowid);
  }
  sqlite.exec('commit');
  sqlite.close();
}

/** Sends codes without a pause until it is stopped, and keeps what was answered. */
class Load {
  readonly answers = new Map<string, number>();
  readonly #stopped: Promise<unknown>;
  #stop = false;

  /** Each client is in the hands of one loop. `accepted` sends right codes as their steps come. */
  constructor(caller: Caller, clients: readonly Enrolled[]) {
    this.#stopped = Promise.all(
      clients.map(async (client) => {
        const codes = wrongCodes(client, 10);
        for (let round = 0; !this.#stop; round++) {
          // Right ones too: each step's code is accepted once, and reads like a wrong one after that.
          const code = round % 2 === 0 ? codeOf(client) : (codes[round % 10] ?? '');
          const answer = await caller
            .validate(client.clientId, code)
            .then(
              ({ status, json }) =>
                `${status} ${json?.valid === true ? 'valid' : (json?.reason ?? json?.code)}`,
            )
            .catch((error: unknown) => String(error));
          this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
          await sleep(2);
        }
      }),
    );
  }

  /** The answers that are no verdict. */
  async failures(): Promise<string[]> {
    this.#stop = true;
    await this.#stopped;
    return [...this.answers.keys()].filter((answer) => !/^200 (valid|invalid_code|locked)$/.test(answer));
  }
}

/** A server on a store with `accounts` more accounts, and clients to send codes for. */
async function servedStore(accounts: number) {
  const { dataDir, apiKey } = await storeWithClient();
  addAccounts(dataDir, accounts);
  const server = await KandaProcess.start({ dataDir });
  const caller = new Caller(server.url).withBearer(apiKey);
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, index) => caller.enrol(`user-${index}`, { period: 15 })),
  );
  return { dataDir, apiKey, server, caller, clients };
}

/** Starts a rotation and gives the process, to be ended at will. */
function startRotation(dataDir: string): { readonly child: ChildProcess; readonly ended: Promise<unknown> } {
  const child = spawn(process.execPath, [KANDA, 'keys', 'rotate', '--data-dir', dataDir], {
    env: bareEnvironment(),
    stdio: 'ignore',
  });
  return { child, ended: once(child, 'close') };
}

/** Starts `rotation-starter.ts` and gives a function that makes it rotate in a folder. */
function startRotations(): (dataDir: string) => Promise<string> {
  const starter = spawn(process.execPath, [join(import.meta.dirname, 'rotation-starter.ts')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => void starter.kill());
  const lines = createInterface({ input: starter.stdout })[Symbol.asyncIterator]();
  return async (dataDir) => {
    starter.stdin.write(`${dataDir}\n`);
    return (await lines.next()).value ?? 'it ended';
  };
}

test('status tells each key, what it wraps, and the next step, from the first start to the removal of the old one', async () => {
  const { dataDir } = await storeWithClient();
  const [first = ''] = idsIn(dataDir);
  const wraps = { dataKeys: 1, serverKeys: SERVER_KEYS };
  expect(await statusOf(dataDir)).toMatchObject({
    state: 'steady',
    keys: [{ id: first, role: 'current', ...wraps }],
  });

  const rotated = await kandaDone(['keys', 'rotate', '--data-dir', dataDir]);
  const [second = ''] = idsIn(dataDir);
  expect(rotated.stdout).toContain(`${second}  everything is under this master key now: 5 keys`);
  expect(rotated.stderr).toContain(`the first line of ${keyFile(dataDir)}. Copy that file now`);
  expect(rotated.stderr).toContain('kanda keys retire');
  expect(await statusOf(dataDir)).toMatchObject({
    state: 'retirable',
    keys: [
      { id: second, role: 'current', ...wraps },
      { id: first, role: 'older', dataKeys: 0, serverKeys: 0 },
    ],
  });
  const table = await kandaDone(['keys', 'status', '--data-dir', dataDir]);
  expect(table.stdout).toMatch(
    new RegExp(`^MASTER KEY .*\n${second} +current, .*/master.key +1 +${SERVER_KEYS}\n${first} +older, `),
  );

  const doctor = await kandaDone(['doctor', '--data-dir', dataDir, '--port', '0']);
  expect(doctor.stdout).toMatch(
    new RegExp(`^! Master key .*opens the store.*nothing needs ${first} any more`, 'm'),
  );

  const again = await kandaDone(['keys', 'rotate', '--data-dir', dataDir]);
  expect(again.stdout).toContain('everything is under this master key already');
  expect(idsIn(dataDir)).toEqual([second, first]);

  const retired = await kandaDone(['keys', 'retire', '--data-dir', dataDir]);
  expect(retired.stdout).toContain(`${first} was taken away`);
  expect(idsIn(dataDir)).toEqual([second]);
  expect(await statusOf(dataDir)).toMatchObject({ state: 'steady' });
  expect((await kandaDone(['keys', 'retire', '--data-dir', dataDir])).stdout).toContain('none to take away');
  expect(keyEvents(dataDir)).toEqual([
    ['rotated', 'cli'],
    ['retired', 'cli'],
  ]);
  const left = readdirSync(dataDir).filter((name) => !/^kanda\.db/.test(name));
  expect(left.sort()).toEqual(['master.key', 'signed-checkpoints', 'store-seen']);
});

describe('beside a server that judges codes without a pause', () => {
  test('a rotation over 2,000 accounts, an enrolment and a sign-up in its midst: no call fails, before, during or after', async () => {
    const { dataDir, apiKey, server, caller, clients } = await servedStore(2_000);
    const [old] = idsIn(dataDir);
    const load = new Load(caller, clients);
    const rotation = rotate(dataDir);
    while (idsIn(dataDir).length === 1) await sleep(1);
    // Under way: both keys are at hand, and not everything is under the new one yet.
    await caller.enrol('enrolled-meanwhile');
    await accountWithKey(dataDir, 'signed-up-meanwhile@example.com');
    const signUp = { email: 'and-one-more@example.com', password: PASSWORD };
    expect((await caller.post('/api/auth/register', signUp)).status).toBe(201);
    expect(await rotation).toMatchObject({ code: 0 });
    const counts = (await statusOf(dataDir)).keys;
    expect(counts).toMatchObject([
      { role: 'current', dataKeys: 2_003, serverKeys: SERVER_KEYS },
      { id: old, role: 'older', dataKeys: 0, serverKeys: 0 },
    ]);
    expect(await retire(dataDir)).toMatchObject({ code: 0 });
    const login = await caller.post('/api/auth/login', signUp);
    const later = await caller.withBearer(login.json.token).enrol('of-the-new-account');
    expect((await caller.withBearer(login.json.token).validate(later.clientId, codeOf(later))).json).toEqual({
      valid: true,
    });
    expect(await load.failures()).toEqual([]);
    expect(load.answers.get('200 valid')).toBeGreaterThanOrEqual(clients.length);
    expect(server.output).not.toMatch(/secret_unreadable|"level":[56]0/);

    // Only the new key is left, and a start without any memory opens everything.
    caller.close();
    await server.stop();
    const restarted = await server.again();
    const next = new Caller(restarted.url).withBearer(apiKey);
    const fresh = await next.enrol('after-restart');
    expect((await next.validate(fresh.clientId, codeOf(fresh))).json).toEqual({ valid: true });
    const [client] = clients;
    if (client === undefined) throw new Error('no client');
    expect((await next.validate(client.clientId, codeOf(client, 1))).json.reason).not.toBeUndefined();
    expect((await next.get('/readyz')).status).toBe(200);
    next.close();
    await restarted.stop();
  });

  test('killed with SIGKILL at 12 moments and run again each time: every key opens throughout, and it ends as one rotation', async () => {
    const { dataDir, server, caller, clients } = await servedStore(3_000);
    const load = new Load(caller, clients);
    const seen = new Set<string>();
    for (let kills = 0; kills < 12; ) {
      const { child, ended } = startRotation(dataDir);
      // Every third dies at any moment from its start on, the others once the key is made.
      while (kills % 3 !== 0 && idsIn(dataDir).length === 1 && child.exitCode === null) await sleep(1);
      await sleep(Math.random() * 1_000);
      if (child.kill('SIGKILL')) {
        await ended;
        kills++;
      }
      const { state, keys } = await statusOf(dataDir);
      seen.add(state);
      expect(keys.filter(({ role }) => role === 'missing')).toEqual([]);
      expect(keys.reduce((sum, key) => sum + key.dataKeys, 0)).toBe(3_001);
      // What was left behind must not be in the way, and must not be a third key.
      expect(keys.length).toBeLessThanOrEqual(2);
      if (state === 'retirable') {
        expect(await retire(dataDir)).toMatchObject({ code: 0 });
      }
    }
    expect(await rotate(dataDir)).toMatchObject({ code: 0 });
    expect(await statusOf(dataDir)).toMatchObject({
      state: 'retirable',
      keys: [
        { dataKeys: 3_001, serverKeys: SERVER_KEYS },
        { dataKeys: 0, serverKeys: 0 },
      ],
    });
    expect(seen).toContain('rotating');
    const finished = keyEvents(dataDir).map((event) => (event as string[])[0]);
    expect(finished.at(-1)).toBe('rotated');
    // Each rotation that ended was recorded once, however often it was begun.
    for (const [index, event] of finished.entries())
      expect(event).toBe(index % 2 === 0 ? 'rotated' : 'retired');
    expect(await load.failures()).toEqual([]);
    caller.close();
    await server.stop();
  });

  /*
   * Seen to fail without the store's lock around the choice of the key: each process put a key of its own into
   * the file, and what the others had wrapped under theirs was lost.
   */
  test('four rotations at once make one key between them, and all end well', async () => {
    const processes = Array.from({ length: 4 }, startRotations);
    for (let round = 0; round < 6; round++) {
      const { dataDir } = await storeWithClient();
      addAccounts(dataDir, 200);
      const [old] = idsIn(dataDir);
      const answers = await Promise.all(processes.map((start) => start(dataDir)));
      expect(answers).toEqual(Array(4).fill('done'));
      expect(idsIn(dataDir)).toEqual([expect.any(String), old]);
      expect(await statusOf(dataDir)).toMatchObject({
        state: 'retirable',
        keys: [{ dataKeys: 201, serverKeys: SERVER_KEYS }, {}],
      });
      expect(keyEvents(dataDir)).toEqual([['rotated', 'cli']]);
    }
  });

  test('retire before the rotation has ended is refused, and takes nothing away', async () => {
    const { dataDir } = await storeWithClient();
    addAccounts(dataDir, 3_000);
    const { child, ended } = startRotation(dataDir);
    while (idsIn(dataDir).length === 1) await sleep(1);
    child.kill('SIGKILL'); // at once: on a busy machine it would end before the other command begins
    await ended;
    const refused = await retire(dataDir);
    const { state, keys } = await statusOf(dataDir);
    expect(state).toBe('rotating');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`The store still needs ${keys[1]?.id}`);
    expect(idsIn(dataDir)).toHaveLength(2);
  });
});

describe('a start is refused, and says which key is missing', () => {
  async function rotatedStore() {
    const store = await storeWithClient();
    const old = readFileSync(keyFile(store.dataDir), 'utf8');
    const [oldId = ''] = idsIn(store.dataDir);
    await kandaDone(['keys', 'rotate', '--data-dir', store.dataDir]);
    const [newId = ''] = idsIn(store.dataDir);
    return { ...store, old, oldId, newId };
  }

  test('with the old key alone after a rotation', async () => {
    const { dataDir, old, oldId, newId } = await rotatedStore();
    writeFileSync(keyFile(dataDir), old);
    const { code, output } = await serveUntilItEnds({ dataDir });
    expect(code).toBe(1);
    expect(output).toContain('This is the wrong master key for this store');
    expect(output).toContain(`under master key ${newId}, and Kanda was given ${oldId}`);
    expect(await statusOf(dataDir)).toMatchObject({
      state: 'missing',
      keys: [
        { id: oldId, role: 'current', dataKeys: 0 },
        { id: newId, role: 'missing', dataKeys: 1 },
      ],
    });
  });

  test.each(['the old key', 'the new key'])('with %s alone in the midst of one', async (which) => {
    const { dataDir, old, oldId, newId } = await rotatedStore();
    addAccounts(dataDir, 1);
    const both = readFileSync(keyFile(dataDir), 'utf8');
    // A store as a rotation leaves it when it is killed: some data keys are under one, the rest under the other.
    const box = createSecretBox(keyringOf(readMasterKeyFile(keyFile(dataDir))), (length) =>
      randomBytes(length),
    );
    const { wrapped } = box.createDataKey('acc_more0', oldId);
    const sqlite = new DatabaseSync(join(dataDir, 'kanda.db'));
    sqlite
      .prepare("update account set data_key_master = ?, data_key = ? where public_id = 'acc_more0'")
      .run(oldId, wrapped);
    sqlite.close();
    const alone = which === 'the old key' ? old : both.replace(old, '');
    const missing = which === 'the old key' ? newId : oldId;
    writeFileSync(keyFile(dataDir), alone);
    const { code, output } = await serveUntilItEnds({ dataDir });
    expect(code).toBe(1);
    expect(output).toContain(`Master key ${missing} is missing: a part of this store`);
    for (const command of ['rotate', 'retire']) {
      const refused = await kanda(['keys', command, '--data-dir', dataDir]);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(missing) });
    }
    const doctor = await kanda(['doctor', '--data-dir', dataDir, '--port', '0']);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(missing);
    // With both back, the rotation is finished as if nothing had been.
    writeFileSync(keyFile(dataDir), both);
    expect(await rotate(dataDir)).toMatchObject({ code: 0 });
    expect(await retire(dataDir)).toMatchObject({ code: 0 });
    expect(idsIn(dataDir)).toEqual([newId]);
  });

  test('status says so too when there is no key at all, with exit status 1', async () => {
    const { dataDir, newId } = await rotatedStore();
    rmSync(keyFile(dataDir));
    const { code, stdout } = await kanda(['keys', 'status', '--data-dir', dataDir]);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`${newId} +MISSING +1 +${SERVER_KEYS}`));
    expect(existsSync(keyFile(dataDir))).toBe(false);
  });
});

describe('a backup from before the rotation', () => {
  test('is restored with both keys at hand, refused with the new one alone, and the next rotation takes it along', async () => {
    const { dataDir, apiKey, client } = await storeWithClient();
    const backup = join(temporaryFolder(), 'before.db');
    await kandaDone(['backup', backup, '--data-dir', dataDir]);
    const [oldId = ''] = idsIn(dataDir);
    await kandaDone(['keys', 'rotate', '--data-dir', dataDir]);
    const both = readFileSync(keyFile(dataDir), 'utf8');
    await kandaDone(['keys', 'retire', '--data-dir', dataDir]);
    const [newId = ''] = idsIn(dataDir);

    const refused = await kanda(['restore', '--force', backup, '--data-dir', dataDir]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`it needs ${oldId}, and there is ${newId}`);
    expect(refused.stderr).toMatch(/put the older key into .*master\.key, on a line of its own below/);
    expect(refused.stderr).toContain('The store was not changed');

    writeFileSync(keyFile(dataDir), both);
    await kandaDone(['restore', '--force', backup, '--data-dir', dataDir]);
    expect(await statusOf(dataDir)).toMatchObject({ state: 'rotating' });
    const doctor = await kandaDone(['doctor', '--data-dir', dataDir, '--port', '0']);
    expect(doctor.stdout).toMatch(/^! Master key .*a rotation has not ended/m);
    const server = await KandaProcess.start({ dataDir });
    const caller = new Caller(server.url).withBearer(apiKey);
    // The secret opens: a restore burns the codes of the present, and a secret that does not open gets 500.
    expect((await caller.validate(client.clientId, codeOf(client))).status).toBe(200);
    expect(await rotate(dataDir)).toMatchObject({ code: 0 });
    expect(await retire(dataDir)).toMatchObject({ code: 0 });
    expect((await caller.validate(client.clientId, codeOf(client))).status).toBe(200);
    expect(idsIn(dataDir)).toEqual([newId]);
    caller.close();
    await server.stop();
  });
});

describe('with the keys somewhere else than in the data directory', () => {
  test('in KANDA_MASTER_KEY: the operator makes the key, servers get both, rotate brings everything under the first', async () => {
    const dataDir = temporaryFolder();
    const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const env = (KANDA_MASTER_KEY: string) => ({ KANDA_MASTER_KEY });
    const args = [
      'account',
      'create',
      '--email',
      'a@example.com',
      '--password-stdin',
      '--with-key',
      'k',
      '--json',
    ];
    const created = await kandaDone([...args, '--data-dir', dataDir], { env: env(old), input: PASSWORD });
    const { apiKey } = JSON.parse(created.stdout) as { apiKey: string };

    const told = await rotate(dataDir, env(old));
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toMatch(/set KANDA_MASTER_KEY=<new>,<present> for every server, restart them/);
    expect(await statusOf(dataDir, env(old))).toMatchObject({ state: 'steady' });

    const server = await KandaProcess.start({ dataDir, env: env(`${next},${old}`) });
    const caller = new Caller(server.url).withBearer(apiKey);
    const client = await caller.enrol('alice', { period: 300 });
    const load = new Load(caller, [client]);
    const early = await retire(dataDir, env(`${next},${old}`));
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('kanda keys rotate') });
    expect(await rotate(dataDir, env(`${next},${old}`))).toMatchObject({ code: 0 });
    expect(await statusOf(dataDir, env(`${next},${old}`))).toMatchObject({ state: 'retirable' });
    const done = await retire(dataDir, env(`${next},${old}`));
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toContain('set it to its first key alone');
    expect(await load.failures()).toEqual([]);
    caller.close();
    await server.stop();

    const refused = await serveUntilItEnds({ dataDir, env: env(old) });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('This is the wrong master key for this store');
    for (const secret of [old, next])
      expect(refused.output + told.stderr + done.stderr).not.toContain(secret);
    const alone = await KandaProcess.start({ dataDir, env: env(next) });
    const other = new Caller(alone.url).withBearer(apiKey);
    expect((await other.validate('alice', codeOf(client, 1))).status).toBe(200);
    other.close();
    await alone.stop();
    expect(existsSync(keyFile(dataDir))).toBe(false);
  });

  test('in a file of its own: that file is replaced, with its mode, and the folder of the data stays without one', async () => {
    const { dataDir } = await storeWithClient();
    const file = join(temporaryFolder(), 'kanda.key');
    copyFileSync(keyFile(dataDir), file);
    rmSync(keyFile(dataDir));
    chmodSync(file, 0o640);
    const args = ['--data-dir', dataDir, '--master-key-file', file];
    await kandaDone(['keys', 'rotate', ...args]);
    expect(readMasterKeyFile(file)).toHaveLength(2);
    await kandaDone(['keys', 'retire', ...args]);
    expect(readMasterKeyFile(file)).toHaveLength(1);
    expect(existsSync(keyFile(dataDir))).toBe(false);
  });

  test('in a file that cannot be replaced: it is as it was, and the other way is named', async () => {
    const { dataDir } = await storeWithClient();
    const before = readFileSync(keyFile(dataDir), 'utf8');
    // Something stands where the new file would be written: as with a file system that takes no writes.
    mkdirSync(`${keyFile(dataDir)}.draft`);
    const refused = await rotate(dataDir);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/cannot be replaced .*as it was.*on a line above the present one/);
    expect(readFileSync(keyFile(dataDir), 'utf8')).toBe(before);
    // Put there by hand it is taken for the current one, and everything is brought under it.
    writeFileSync(keyFile(dataDir), `${randomBytes(32).toString('base64')}\n${before}`);
    expect(await rotate(dataDir)).toMatchObject({ code: 0 });
    expect(await statusOf(dataDir)).toMatchObject({ state: 'retirable' });
  });
});

test('a data key that was moved to another account: all others are turned, it is named, and its key cannot be retired', async () => {
  const { dataDir } = await storeWithClient();
  addAccounts(dataDir, 5);
  alter(
    join(dataDir, 'kanda.db'),
    "update account set data_key = (select data_key from account where public_id = 'acc_more1') where public_id = 'acc_more0'",
  );
  const rotated = await rotate(dataDir);
  expect(rotated.code).toBe(1);
  expect(rotated.stderr).toMatch(/the data keys of acc_more0 do not open.*the rows were altered/);
  expect(await statusOf(dataDir)).toMatchObject({
    state: 'rotating',
    keys: [
      { dataKeys: 5, serverKeys: SERVER_KEYS },
      { dataKeys: 1, serverKeys: 0 },
    ],
  });
  expect(await retire(dataDir)).toMatchObject({ code: 1 });
});

test('the commands of docs/operating/keys.md do what the page says, in its order', async () => {
  const page = readFileSync(new URL('../../../../../docs/operating/keys.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  expect(blocks).toHaveLength(5);
  const { dataDir } = await storeWithClient();
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'safe'));
  const script = blocks
    .join('')
    .replaceAll(' /safe/', ` ${folder}/safe/`)
    .replaceAll('/var/lib/kanda', dataDir);
  const run = promisify(execFile);
  const { stdout } = await run(
    'sh',
    ['-euc', `kanda() { '${process.execPath}' '${KANDA}' "$@"; }\n${script}`],
    { env: bareEnvironment() },
  );
  expect(stdout).toMatch(/wrapped anew[\s\S]*older, [\s\S]*kanda keys retire[\s\S]*was taken away/);
  expect(readMasterKeyFile(join(folder, 'safe', 'kanda-master.key.new'))).toHaveLength(2);
  expect(idsIn(dataDir)).toHaveLength(1);
});
