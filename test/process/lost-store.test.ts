/**
 * A store that was lost does not look like a new one, and one that went back to an older state is not served: the node
 * remembers which store it had, how often that had been seen, and what it has signed. Seen to fail without the look at that
 * memory: the server started, said that there is no account yet, and was ready.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { kanda, kandaDone } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { storeWithClient } from '../../apps/server/test/cli/store/stores.ts';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { embeddedPostgres, PostgresServer } from '../support/postgres-server.ts';

const MEMORY = ['signed-checkpoints', 'store-seen'];
const LOG = ['kanda.db-wal', 'kanda.db-shm'];
const STORE = ['kanda.db', ...LOG];
let postgres: PostgresServer | null = null;
afterAll(async () => {
  await endAll();
  await postgres?.stop();
});

interface Remembered {
  readonly id: string;
  readonly generation: number;
}

const rememberedIn = (folder: string): Remembered =>
  JSON.parse(readFileSync(join(folder, 'store-seen'), 'utf8')) as Remembered;

function remove(folder: string, files: readonly string[]): void {
  for (const file of files) rmSync(join(folder, file), { force: true });
}

/** A server counts each minute at the latest; it may have the file for itself for a while. */
const [COUNTED_WITHIN_MS, LOCKED_WITHIN_MS] = [90_000, 30_000];
const WENT_BACK = expect.stringContaining('older than this server has seen it');

/** Waits until the server says that its store went back. */
async function notReady({ url }: KandaProcess): Promise<void> {
  const detail = async () => {
    const answer = await fetch(`${url}/readyz`);
    return ((await answer.json()) as { detail?: string }).detail;
  };
  await expect.poll(detail, { timeout: COUNTED_WITHIN_MS }).toEqual(WENT_BACK);
}

/** A server with an account that was killed before it had signed anything. */
async function killed(env: Readonly<Record<string, string>> = {}): Promise<KandaProcess> {
  const server = await KandaProcess.start({ env: { KANDA_CHECKPOINT_INTERVAL: '1h', ...env } });
  await openAccount(server.url);
  await server.kill();
  return server;
}

test.each([
  ['the write-ahead log', LOG],
  ['the database file', STORE],
])('deleted after a kill: %s', async (_what, files) => {
  const server = await killed();
  remove(server.dataDir, files);
  await expect(server.again()).rejects.toThrow(
    /(is empty|is older than it was).* kanda restore --force FILE/s,
  );
  const list = await kanda(['account', 'list', '--data-dir', server.dataDir]);
  if (files === STORE) expect(list.stderr).toMatch(/There is no store/);
  // Nothing of that has made tables: the refusal stays.
  await expect(server.again()).rejects.toThrow(/kanda restore --force FILE/);
});

test('to begin with an empty store, the memory of the old one is moved away', async () => {
  const server = await killed();
  remove(server.dataDir, STORE);
  await expect(server.again()).rejects.toThrow(/is empty.*store-seen.*To begin with an empty store/s);
  const created = await kanda(
    ['account', 'create', '--email', 'new@example.com', '--password-stdin', '--data-dir', server.dataDir],
    { input: 'a sentence that nobody else would write\n' },
  );
  expect(created).toMatchObject({ code: 1, stderr: expect.stringContaining('is empty, and this node had') });
  const kept = MEMORY.map((file) => join(server.dataDir, file)).filter((path) => existsSync(path));
  for (const path of kept) renameSync(path, `${path}.gone`);
  const anew = await server.again();
  expect((await fetch(`${anew.url}/readyz`)).status).toBe(200);
});

describe('a store that went back to an older state', () => {
  /** The file of before in the place of one in which a code was used since. */
  async function wentBack() {
    const { dataDir, apiKey, client } = await storeWithClient();
    const before = join(temporaryFolder(), 'kanda.db');
    copyFileSync(join(dataDir, 'kanda.db'), before);
    const server = await KandaProcess.start({ dataDir });
    const used = codeOf(client);
    const caller = new Caller(server.url).withBearer(apiKey);
    expect((await caller.validate('alice', used)).json).toEqual({ valid: true });
    await server.stop();
    copyFileSync(before, join(dataDir, 'kanda.db'));
    return { dataDir, apiKey, before, used };
  }

  test('is not served; accepted, it takes no used code', async () => {
    const { dataDir, apiKey, used } = await wentBack();
    await expect(KandaProcess.start({ dataDir })).rejects.toThrow(
      /is older than it was.*kanda store restored/s,
    );
    const doctor = await kanda(['doctor', '--port', '0', '--data-dir', dataDir]);
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ Last seen .* is older/) });
    // The good backups of before stay the newest.
    const backup = await kanda(['backup', '--keep', '1', temporaryFolder(), '--data-dir', dataDir]);
    expect(backup).toMatchObject({ code: 1, stderr: expect.stringContaining('is older than it was') });
    const accepted = await kandaDone(['store', 'restored', '--data-dir', dataDir]);
    expect(accepted.stderr).toContain('is kept as');
    const again = await KandaProcess.start({ dataDir });
    const caller = new Caller(again.url).withBearer(apiKey);
    expect((await caller.validate('alice', used)).json).toMatchObject({ valid: false });
    expect(readdirSync(dataDir).filter((name) => name.startsWith('kanda.db.before-restore-'))).toHaveLength(
      1,
    );
  });

  test('a restore needs no further word', async () => {
    const { dataDir, before } = await wentBack();
    await kandaDone(['restore', '--force', before, '--data-dir', dataDir]);
    const again = await KandaProcess.start({ dataDir });
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
    await again.stop();
    expect((await kandaDone(['doctor', '--port', '0', '--data-dir', dataDir])).stdout).toMatch(/✓ Last seen/);
  });

  test('and neither does a copy of the whole folder, nor one without its memory', async () => {
    const { dataDir, before } = await wentBack();
    rmSync(join(dataDir, 'store-seen'));
    const served = await KandaProcess.start({ dataDir });
    await served.stop();
    const copy = temporaryFolder();
    cpSync(dataDir, copy, { recursive: true });
    await (await KandaProcess.start({ dataDir: copy })).stop();
    expect(rememberedIn(copy).id).toBe(rememberedIn(dataDir).id);
    expect(existsSync(before)).toBe(true);
  });
});

/*
 * Seen to fail without the guards: a command's pass, which no count followed, left what came after it in the log alone, and
 * the store without its log was served and took the code again; a lower count was written over what the node remembered.
 */
describe('beside a server', () => {
  test('commands leave no gap in which the loss of the log is not noticed', async () => {
    const { dataDir, apiKey, client } = await storeWithClient();
    const server = await KandaProcess.start({ dataDir, env: { KANDA_CHECKPOINT_INTERVAL: '1h' } });
    const keys = Array.from({ length: 6 }, (_, number) => ({ name: `k${number}`, file: `k${number}` }));
    writeFileSync(join(dataDir, 'password'), 'a sentence that nobody else would write\n');
    const account = { email: 'more@example.com', passwordFile: 'password', keys };
    writeFileSync(join(dataDir, 'apply.json'), JSON.stringify({ accounts: [account] }));
    await kandaDone(['apply', '--yes', join(dataDir, 'apply.json'), '--data-dir', dataDir]);
    const used = await new Caller(server.url).withBearer(apiKey).validate('alice', codeOf(client));
    expect(used.json).toEqual({ valid: true });
    await sleep(2_000); // A moment remains between a pass and its count (decision 0026), which grows with load.
    await server.kill();
    remove(dataDir, LOG);
    await expect(server.again()).rejects.toThrow(/is older than it was/);
  });

  test('a file that went back under it is not judged by, and not taken at the next start', async () => {
    const { dataDir, apiKey, client } = await storeWithClient();
    const server = await KandaProcess.start({ dataDir });
    const sqlite = new DatabaseSync(join(dataDir, 'kanda.db'), { timeout: LOCKED_WITHIN_MS });
    // As `sqlite3 kanda.db ".restore older.db"` leaves it.
    sqlite.exec(
      "update store_marker set value = json_set(value, '$.generation', 0) where name = 'seen'; pragma wal_checkpoint(passive)",
    );
    sqlite.close();
    await notReady(server);
    const { generation } = rememberedIn(dataDir);
    const refused = await new Caller(server.url).withBearer(apiKey).validate('alice', codeOf(client));
    expect(refused).toMatchObject({ status: 503, json: { code: 'store_unavailable', detail: WENT_BACK } });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(server.output).toMatch(/Nothing is judged any more.*kanda restore --force FILE/);
    await server.stop();
    expect(rememberedIn(dataDir).generation).toBe(generation);
    await expect(server.again()).rejects.toThrow(/is older than it was/);
  });
});

test("another installation's store is refused where this one was", async () => {
  const [one, other] = [await killed(), await killed()];
  expect(rememberedIn(one.dataDir).id).not.toBe(rememberedIn(other.dataDir).id);
  remove(one.dataDir, STORE);
  for (const file of ['kanda.db', 'kanda.db-wal', 'master.key'])
    copyFileSync(join(other.dataDir, file), join(one.dataDir, file));
  await expect(one.again()).rejects.toThrow(/is not the store that this node had before/);
});

test('a kill at any time leaves a store that is as new as the node remembers', async () => {
  let server = await KandaProcess.start();
  for (let kills = 0; kills < 5; kills++) {
    const { generation } = rememberedIn(server.dataDir);
    await server.kill();
    server = await server.again();
    expect(rememberedIn(server.dataDir).generation).toBeGreaterThan(generation);
  }
});

describe.skipIf(embeddedPostgres() === null)('with PostgreSQL', () => {
  test('the URL of another database, which is empty', async () => {
    postgres ??= await PostgresServer.start();
    const server = await killed({ KANDA_DATABASE_URL: await postgres.createDatabase() });
    const other = await postgres.createDatabase();
    await expect(server.again({ env: { KANDA_DATABASE_URL: other } })).rejects.toThrow(
      /is empty, and this node had .*KANDA_DATABASE_URL/s,
    );
    const client = new pg.Client({ connectionString: other });
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_tables where schemaname = 'public'");
    await client.end();
    expect(rowCount).toBe(0);
  });

  test('a failover to an older database under a server that runs: it judges no more, and neither does the next', async () => {
    postgres ??= await PostgresServer.start();
    const pgs = postgres;
    const url = await pgs.createDatabase();
    const name = new URL(url).pathname.slice(1);
    const env = { KANDA_DATABASE_URL: url };
    const server = await KandaProcess.start({ env });
    const { apiKey } = await openAccount(server.url);
    const caller = new Caller(server.url).withBearer(apiKey);
    const made = await caller.call('POST', '/api/totp/register', {
      clientId: 'alice',
      label: 'alice',
      issuer: 'Shop',
    });
    const emptied = async () => {
      await pgs.query(`alter database ${name} allow_connections false`);
      await pgs.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    };
    await emptied();
    const standby = new URL(await pgs.createDatabase(name)).pathname.slice(1);
    const { generation } = rememberedIn(server.dataDir);
    await pgs.query(`alter database ${name} allow_connections true`);
    // Connects again, and counts then.
    await expect
      .poll(() => rememberedIn(server.dataDir).generation, { timeout: COUNTED_WITHIN_MS })
      .toBeGreaterThan(generation);
    const code = codeOf({ secret: String(made.json.secret), period: 30 });
    expect((await caller.validate('alice', code)).json).toEqual({ valid: true });
    const remembered = rememberedIn(server.dataDir);
    await emptied();
    await pgs.query(`alter database ${name} rename to ${name}_lost`);
    await pgs.query(`alter database ${standby} rename to ${name}`);
    await pgs.query(`alter database ${name} allow_connections true`);
    await notReady(server);
    expect(await caller.validate('alice', code)).toMatchObject({ status: 503, json: { detail: WENT_BACK } });
    expect(rememberedIn(server.dataDir).generation).toBeGreaterThanOrEqual(remembered.generation);
    expect(server.output).toMatch(/Nothing is judged any more.*kanda store restored/);
    await server.stop();
    await expect(server.again()).rejects.toThrow(/is older than it was.*kanda store restored/s);
    await kandaDone(['store', 'restored', '--data-dir', server.dataDir], { env });
    const again = await server.again();
    const asked = await new Caller(again.url).withBearer(apiKey).validate('alice', code);
    expect(asked.json).toMatchObject({ valid: false });
  });

  test('a database that went back: refused on each node, until one says that it was restored', async () => {
    postgres ??= await PostgresServer.start();
    const url = await postgres.createDatabase();
    const env = { KANDA_DATABASE_URL: url };
    const first = await KandaProcess.start({ env });
    await openAccount(first.url);
    await first.stop();
    const before = await postgres.createDatabase(new URL(url).pathname.slice(1));
    const key = join(first.dataDir, 'master.key');
    const second = await KandaProcess.start({ env, flags: ['--master-key-file', key] });
    await second.stop();
    await (await first.again()).stop();
    const back = { KANDA_DATABASE_URL: before };
    for (const node of [first, second]) {
      await expect(node.again({ env: back })).rejects.toThrow(/is older than it was.*kanda store restored/s);
    }
    await kandaDone(['store', 'restored', '--data-dir', first.dataDir], { env: back });
    for (const node of [first, second]) {
      const again = await node.again({ env: back });
      expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
      await again.stop();
    }
  });
});
