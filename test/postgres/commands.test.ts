/** `kanda account`, `kanda apply` and `kanda doctor` with everything in PostgreSQL. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountWithKey, kanda, PASSWORD } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { Caller } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { databaseOf, postgresServer, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

await import('../../apps/server/test/cli/accounts/account-commands.test.ts');
await import('../../apps/server/test/cli/accounts/account-endings.test.ts');
await import('../../apps/server/test/cli/apply/apply.test.ts');
await import('../../apps/server/test/cli/clients/client-commands.test.ts');
await import('../../apps/server/test/cli/keys/key-commands.test.ts');
await import('../../apps/server/test/cli/log/logs.test.ts');
await import('../../apps/server/test/cli/doctor/clients-clock-ahead.test.ts');
await import('../../apps/server/test/cli/doctor/weak-secrets.test.ts');
await import('../../apps/server/test/cli/doctor/public-url.test.ts');

describe('a database that is empty, because the URL is another one than the servers have', () => {
  test.each([
    [['account', 'list']],
    [['account', 'reset-password', '--email', 'a@example.com', '--password-stdin']],
    [['account', 'disable-two-factor', '--email', 'a@example.com']],
    [['client', 'diagnose', 'alice']],
    [['key', 'list']],
    [['logs']],
    [['audit', 'export', '-']],
    [['keys', 'status']],
    [['keys', 'rotate']],
    [['keys', 'retire']],
    [['audit', 'key']],
    [['audit', 'checkpoint']],
    [['audit', 'verify']],
  ])('kanda %j says so, and makes neither tables nor a key', async (args) => {
    const dataDir = temporaryFolder();
    const { code, stdout, stderr } = await kanda([...args, '--data-dir', dataDir], { input: PASSWORD });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^There is no store in 127\.0\.0\.1:\d+\/kanda_[\d_]+: .*KANDA_DATABASE_URL/,
      ),
    });
    expect(await tablesOf(await databaseOf(dataDir))).toBe(0);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test.each([
    [['store', 'restored']],
    [['store', 'copy', '--from', 'KANDA_DATABASE_URL', '--to', '.']],
    [['store', 'copy', '--cancel', '--from', 'KANDA_DATABASE_URL', '--to', '.']],
  ])('kanda %j says so, and changes neither it nor a store that it was to go to', async (args) => {
    const dataDir = temporaryFolder();
    const url = await databaseOf(dataDir);
    const { code, stdout, stderr } = await kanda(
      args.map((arg) => (arg === '.' ? dataDir : arg)),
      { env: { KANDA_DATABASE_URL: url } },
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^There is no store in 127\.0\.0\.1:\d+\/kanda_[\d_]+: the database is empty/,
      ),
    });
    expect(await tablesOf(url)).toBe(0);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('account create makes both, and says to back the key up', async () => {
    const dataDir = temporaryFolder();
    const args = [
      'account',
      'create',
      '--email',
      'first@example.com',
      '--password-stdin',
      '--data-dir',
      dataDir,
    ];
    const made = await kanda(args, { input: PASSWORD });
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('first@example.com') });
    expect(made.stderr).toContain(`${join(dataDir, 'master.key')}. Back that file up now`);
    expect(readdirSync(dataDir)).toEqual(['master.key']);
  });
});

describe('kanda doctor', () => {
  /** Syncs as one in earnest: what doctor says of durability is looked at. */
  let durable: PostgresServer;
  beforeAll(async () => {
    durable = await PostgresServer.start({ durable: true });
  });
  afterAll(() => durable.stop());

  async function store(): Promise<{
    dataDir: string;
    url: string;
    env: Record<string, string>;
    apiKey: string;
  }> {
    const dataDir = temporaryFolder();
    const url = await durable.createDatabase();
    const env = { KANDA_DATABASE_URL: url };
    const { apiKey } = await accountWithKey(dataDir, 'owner@example.com', env);
    return { dataDir, url, env, apiKey };
  }

  async function diagnose(dataDir: string, env: Record<string, string> = {}, port = '0') {
    const run = await kanda(['doctor', '--json', '--data-dir', dataDir, '--port', port], { env });
    const { checks } = JSON.parse(run.stdout) as {
      checks: { check: string; level: string; found: string }[];
    };
    return { code: run.code, checks, of: (check: string) => checks.filter((one) => one.check === check) };
  }

  test('where all is well: what it looked at, beside a running server', async () => {
    const { dataDir, env, apiKey } = await store();
    const server = await KandaProcess.start({ dataDir, env });
    await new Caller(server.url).withBearer(apiKey).enrol('alice');
    const { code, checks } = await diagnose(dataDir, env, String(server.port));
    expect(checks.filter(({ level }) => level === 'problem')).toEqual([]);
    expect(code).toBe(0);
    for (const [check, found] of [
      ['Store', /^127\.0\.0\.1:\d+\/kanda_[\d_]+, PostgreSQL 18\.\d+: 1 account, 1 user, schema 0/],
      ['Commits', /^synchronous_commit is on; no standby is waited for/],
      ['Standby', /after a failover/],
      ['TLS', /on this machine/],
      ['Master key', /master\.key opens the store/],
      ['Clock', /UTC, \d+ s after the newest event/],
      ['Server', /a Kanda answers on .* and is ready/],
    ] as const) {
      expect(checks.filter((one) => one.check === check)).toEqual([
        expect.objectContaining({ check, found: expect.stringMatching(found) }),
      ]);
    }
    await server.stop();
  });

  test('an empty database is reported, and stays empty', async () => {
    const url = await durable.createDatabase();
    const { code, of } = await diagnose(temporaryFolder(), { KANDA_DATABASE_URL: url });
    expect({ code, store: of('Store') }).toEqual({
      code: 0,
      store: [expect.objectContaining({ level: 'look', found: expect.stringMatching(/: empty$/) })],
    });
    expect(await tablesOf(url, durable)).toBe(0);
  });

  test('a database that is set to lose what was acknowledged: Kanda sets it right for itself, and doctor says so', async () => {
    const { dataDir, url, env } = await store();
    await durable.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
    const { code, of } = await diagnose(dataDir, env);
    expect(of('Commits')).toMatchObject([
      { level: 'look', found: expect.stringContaining('synchronous_commit is off') },
    ]);
    expect(code).toBe(0);
  });

  test('a server that does not sync is to be repaired', async () => {
    const dataDir = temporaryFolder();
    await accountWithKey(dataDir);
    const { code, of } = await diagnose(dataDir);
    expect(code).toBe(1);
    expect(of('Durability')).toMatchObject([
      { level: 'problem', found: expect.stringMatching(/fsync is off, full_page_writes is off/) },
    ]);
  });

  test('a newer version wrote it', async () => {
    const { dataDir, url, env } = await store();
    await durable.query("insert into kysely_migration values ('9999-later', '2030-01-01')", url);
    const { code, of } = await diagnose(dataDir, env);
    expect(code).toBe(1);
    expect(of('Store')).toMatchObject([{ level: 'problem', found: expect.stringContaining('9999-later') }]);
  });

  test('the master key is missing, or another one', async () => {
    const { dataDir, env } = await store();
    const other = { ...env, KANDA_MASTER_KEY: Buffer.alloc(32, 3).toString('base64') };
    const wrong = await diagnose(dataDir, other);
    expect(wrong.of('Master key')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('the wrong master key') },
    ]);
    rmSync(join(dataDir, 'master.key'));
    const missing = await diagnose(dataDir, env);
    expect(missing.of('Master key')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('there is none at') },
    ]);
    expect([wrong.code, missing.code]).toEqual([1, 1]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('a rotation has not ended, and what is left to do when it has', async () => {
    const { dataDir, env } = await store();
    const file = join(dataDir, 'master.key');
    const old = readFileSync(file, 'utf8');
    const newer = Buffer.alloc(32, 3).toString('base64');
    writeFileSync(file, `${newer}\n${old}`);
    const begun = await diagnose(dataDir, env);
    expect(begun.of('Master key')).toMatchObject([
      { level: 'look', found: expect.stringContaining('a rotation has not ended') },
    ]);
    expect((await kanda(['keys', 'rotate', '--data-dir', dataDir], { env })).code).toBe(0);
    expect((await diagnose(dataDir, env)).of('Master key')).toMatchObject([
      { level: 'look', found: expect.stringContaining('nothing needs') },
    ]);
  });

  test('the clock is behind the newest event', async () => {
    const { dataDir, url, env } = await store();
    await durable.query(`update event set at = ${Date.now() + 600_000}`, url);
    const { code, of } = await diagnose(dataDir, env);
    expect(code).toBe(1);
    expect(of('Clock')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('10 min behind the newest event') },
    ]);
  });

  test('no database, and no server: both are said, and what can still be looked at is', async () => {
    const port = new URL(durable.url('x')).port;
    for (const [url, said] of [
      [`postgres://kanda@127.0.0.1:${port}/nowhere?sslmode=disable`, /database "nowhere" does not exist/],
      [
        'postgres://kanda@127.0.0.1:1/kanda?sslmode=disable',
        /127\.0\.0\.1:1\/kanda cannot be used: .*ECONNREFUSED/,
      ],
    ] as const) {
      const { code, of } = await diagnose(temporaryFolder(), {
        KANDA_DATABASE_URL: url,
        KANDA_DATABASE_CONNECT_TIMEOUT: '1s',
      });
      expect(code).toBe(1);
      expect(of('Store')).toMatchObject([{ level: 'problem', found: expect.stringMatching(said) }]);
      expect(of('Clock')).toHaveLength(1);
    }
  });
});

async function tablesOf(url: string, server?: PostgresServer): Promise<unknown> {
  const of = server ?? (await postgresServer());
  const text = "select count(*)::int as tables from pg_tables where schemaname = 'public'";
  const [row] = await of.query(text, url);
  return row?.tables;
}
