/**
 * A database that comes back from a dump, by the commands of docs/operating/postgresql.md as they stand, with the
 * programs of Debian's PostgreSQL.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../apps/server/src/store/postgres/connections.ts';
import { DatabaseInUseError } from '../../apps/server/src/store/postgres/other-sessions.ts';
import { recordRestore } from '../../apps/server/src/store/postgres/restored.ts';
import { accountWithKey, KANDA, kanda } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { fencedBlocks } from '../../tools/markdown.ts';
import { Caller, codeOf, type Enrolled, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { PgBouncer, pgBouncerProgram } from '../support/pgbouncer.ts';
import { debianPostgres15, PostgresServer } from '../support/postgres-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const binaries = debianPostgres15();
const page = readFileSync(join(ROOT, 'docs/operating/postgresql.md'), 'utf8');
const commands = fencedBlocks(page).filter(({ language }) => language === 'sh');

afterAll(endAll);

describe.skipIf(binaries === null)('a database that was restored from a dump', () => {
  let server: PostgresServer;
  let dataDir: string;
  let env: Record<string, string>;
  let apiKey: string;
  let token: string;
  let client: Enrolled;
  /** Used after the dump. */
  let usedCode: string;

  beforeAll(async () => {
    server = await PostgresServer.start({ binaries: binaries ?? '' });
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    dataDir = temporaryFolder();
    env = { KANDA_DATABASE_URL: await server.createDatabase() };
    const kandaServer = await KandaProcess.start({ dataDir, env });
    ({ apiKey, token } = await openAccount(kandaServer.url));
    const caller = new Caller(kandaServer.url).withBearer(apiKey);
    const owner = new Caller(kandaServer.url).withBearer(token);
    client = await caller.enrol('alice', { period: 300 });
    // The server goes on while the dump is made, and after it.
    run('pg_dump');
    usedCode = codeOf(client, 1);
    expect((await caller.validate('alice', usedCode)).json).toEqual({ valid: true });
    expect((await owner.post('/api/auth/logout')).status).toBe(204);
    expect((await owner.get('/api/auth/me')).status).toBe(401);
    await kandaServer.stop();
  });

  test('accepts none of the codes that were used since, has no log-in that was ended, and its logs say why', async () => {
    await makeRoom();
    const printed = run('pg_restore');
    expect(printed).toMatch(/kanda_[\d_]+ {2}1 account, 1 user as of .* ago\)/);
    expect(printed).toMatch(/No code that was shown until now is accepted.*\(1 authenticator raised\)/);

    const again = await KandaProcess.start({ dataDir, env });
    const caller = new Caller(again.url).withBearer(apiKey);
    for (const code of [usedCode, codeOf(client, 0), codeOf(client, -1)]) {
      expect((await caller.validate('alice', code)).json).toMatchObject({ valid: false });
    }
    expect((await new Caller(again.url).withBearer(token).get('/api/auth/me')).status).toBe(401);
    const events = await caller.events();
    expect(events.filter(({ event }) => event === 'store.restored')).toMatchObject([
      { outcome: 'success', actor: 'cli' },
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    // The installation's own log has it too.
    const url = env.KANDA_DATABASE_URL;
    expect(await server.query('select type::int from event where account_id = 0', url)).toEqual([
      { type: 23 },
    ]);
    await again.stop();
    const verified = await kanda(['audit', 'verify', '--data-dir', dataDir], { env });
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ kanda\/acc_/m) });
  });

  test('without `kanda store restored` the code that was used is accepted once more: it is this that refuses it', async () => {
    await makeRoom();
    run('pg_restore', (command) => command.replace(/^.* store restored$/m, ''));
    const again = await KandaProcess.start({ dataDir, env });
    const caller = new Caller(again.url).withBearer(apiKey);
    expect((await caller.validate('alice', usedCode)).json).toEqual({ valid: true });
    await again.stop();
  });

  test('is not touched while a server runs', async () => {
    const running = await KandaProcess.start({ dataDir, env });
    const { code, stderr } = await kanda(['store', 'restored'], { env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^Nothing was changed: .* is in use, connected there: process .*Stop every server first/m,
      ),
    });
    expect(
      (await new Caller(running.url).withBearer(apiKey).events()).map(({ event }) => event),
    ).not.toContain('store.restored');
    await running.stop();
  });

  test('is not touched while a server is frozen, whose lease has run out: it still remembers what it knew', async () => {
    const running = await KandaProcess.start({ dataDir, env });
    process.kill(running.pid, 'SIGSTOP');
    await server.query('update lease set expires_at = 0', env.KANDA_DATABASE_URL);
    const { code, stderr } = await kanda(['store', 'restored'], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^Nothing was changed: /m) });
    process.kill(running.pid, 'SIGCONT');
    await running.stop();
  });

  test('is not touched with a clock that is surely wrong, unless that is said to be well', async () => {
    const url = env.KANDA_DATABASE_URL;
    await server.query(`update event set at = ${Date.now() + 3_600_000}`, url);
    const { code, stderr } = await kanda(['store', 'restored'], { env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^Nothing was changed: this machine's clock .* is behind.*--ignore-clock/m,
      ),
    });
    expect((await kanda(['store', 'restored', '--ignore-clock'], { env })).code).toBe(0);
  });

  // Seen to fail without the guard (clockFault of cli/store/restored-store.ts): the exit status was 0.
  test('is not touched with a clock that is more than seven days after its newest event', async () => {
    await server.query(`update event set at = ${Date.now() - 8 * 86_400_000}`, env.KANDA_DATABASE_URL);
    const { code, stderr } = await kanda(['store', 'restored'], { env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^Nothing was changed: this machine's clock .* after its newest event.*--ignore-clock/m,
      ),
    });
  });

  /** Puts an empty database in the place of this one, as the page has an administrator do it. */
  async function makeRoom(): Promise<void> {
    const name = new URL(env.KANDA_DATABASE_URL ?? '').pathname.slice(1);
    const [block, ...others] = fencedBlocks(page).filter(({ text }) => text.includes('rename to'));
    expect(others).toEqual([]);
    for (const statement of (block?.text ?? '').split(';').filter((text) => text.trim() !== '')) {
      await server.query(
        statement.replace(/\bdatabase kanda\b/, `database ${name}`).replace('kanda_before', `${name}_before`),
      );
    }
  }

  /** Runs the one block of the page with this command in it; gives what it printed. */
  function run(containing: string, altered = (command: string) => command): string {
    const found = commands.filter(({ text }) => text.includes(containing));
    expect(found).toHaveLength(1);
    const command = (found[0]?.text ?? '').replace(
      'npm run --silent kanda --',
      `'${process.execPath}' '${KANDA}'`,
    );
    const { status, stdout } = spawnSync(
      'bash',
      ['--norc', '-euo', 'pipefail', '-c', `exec 2>&1\n${altered(command)}`],
      {
        cwd: dataDir,
        encoding: 'utf8',
        env: bareEnvironment({
          PATH: `${binaries}:${dirname(process.execPath)}:${bareEnvironment().PATH}`,
          KANDA_DATA_DIR: dataDir,
          ...env,
        }),
      },
    );
    expect(status, stdout).toBe(0);
    return stdout;
  }
});

describe.skipIf(pgBouncerProgram() === null)('behind PgBouncer, which keeps connections open', () => {
  let server: PostgresServer;
  let pooler: PgBouncer;
  let env: Record<string, string>;
  let url: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    pooler = await PgBouncer.start(server.port);
  });
  beforeEach(async () => {
    url = pooler.through(await server.createDatabase());
    env = { KANDA_DATABASE_URL: url };
  });
  afterAll(async () => {
    await pooler.stop();
    await server.stop();
  });

  test('it is refused while a server uses them, and done when none does', async () => {
    const running = await KandaProcess.start({ env });
    const { code, stderr } = await kanda(['store', 'restored'], { env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Nothing was changed: .* connected there: process /m),
    });
    await running.stop();
    const left = await server.query("select pid from pg_stat_activity where application_name = 'kanda'");
    expect(left.length).toBeGreaterThan(0);
    expect(await kanda(['store', 'restored'], { env })).toMatchObject({ code: 0 });
  });

  test('one that works once in ten seconds, the longest pause of a server, is seen whatever its lease says', async () => {
    await accountWithKey(temporaryFolder(), 'rare@example.com', env);
    const client = new pg.Client(`${url}&application_name=kanda`);
    await client.connect();
    await client.query('update lease set expires_at = 0');
    let rarely: Promise<unknown> = Promise.resolve();
    const accept = () => {
      rarely = sleep(10_000).then(() => client.query('select 1'));
    };
    await expect(recordRestore(url, DEFAULT_LIMITS, accept, Date.now)).rejects.toThrow(DatabaseInUseError);
    await rarely;
    await client.end();
  });
});
