/** Who may bring tables of an earlier version up to this one, on both databases, and what a server says beside. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { SOON } from '../../../../../test/support/patience.ts';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { MIGRATION_NAMES } from '../../../src/store/migrations/index.ts';
import { filled, fillPostgres, writeEarlierFile } from '../../store/earlier-store.ts';
import { kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

const NEWEST = MIGRATION_NAMES.at(-1) ?? '';
const RECIPIENT = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';

let postgres: PostgresServer | null = null;
beforeAll(async () => {
  if (embeddedPostgres() !== null) postgres = await PostgresServer.start();
});
afterAll(async () => {
  await endAll();
  await postgres?.stop();
});

// Seen to fail when an empty store was taken for one of an earlier version: no new installation started.
test('an empty store is none of an earlier version', async () => {
  const dataDir = temporaryFolder();
  const server = await KandaProcess.start({ dataDir });
  await server.stop();
  expect(readdirSync(dataDir).filter((name) => name.includes('before-upgrade'))).toEqual([]);
  const other = temporaryFolder();
  await kandaDone(
    ['account', 'create', '--email', 'new@example.com', '--password-stdin', '--data-dir', other],
    {
      input: PASSWORD,
    },
  );
});

describe.each(['SQLite', 'PostgreSQL'] as const)('tables of an earlier version, on %s', (kind) => {
  const skipped = kind === 'PostgreSQL' && embeddedPostgres() === null;
  let dataDir: string;
  let file: string;
  let env: Record<string, string>;
  let url: string;

  beforeEach(async () => {
    if (skipped) return;
    dataDir = temporaryFolder();
    file = join(dataDir, 'kanda.db');
    writeEarlierFile(file);
    url = kind === 'PostgreSQL' ? await fillPostgres(postgres as PostgresServer, file) : '';
    env = { KANDA_MASTER_KEY: filled.masterKey, ...(url === '' ? {} : { KANDA_DATABASE_URL: url }) };
  });

  const run = (...args: string[]) => kanda([...args, '--data-dir', dataDir], { env, input: PASSWORD });
  const done = (...args: string[]) => kandaDone([...args, '--data-dir', dataDir], { env });
  /** Runs a statement behind Kanda's back, and gives the first column of what it returns. */
  async function behind(sql: string): Promise<unknown[]> {
    if (kind === 'PostgreSQL') {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(sql);
      await client.end();
      return rows.map((row) => Object.values(row)[0]);
    }
    // A server that serves it may write just then.
    const sqlite = new DatabaseSync(file, { timeout: SOON.timeout });
    const rows = sqlite.prepare(sql).all();
    sqlite.close();
    return rows.map((row) => Object.values(row)[0]);
  }
  const newestMigration = async () => (await behind('select max(name) from kysely_migration'))[0];
  const backups = () => readdirSync(dataDir).filter((name) => name.includes('before-upgrade'));

  /**
   * Holds the store as a server of the earlier version does.
   *
   * @param leaseMs how long its lease lasts yet; negative: between two rounds that are further apart, it has run out
   */
  async function serveEarlier(leaseMs = 5_000): Promise<() => Promise<void>> {
    if (kind === 'SQLite') {
      const sqlite = new DatabaseSync(file);
      sqlite.exec('pragma journal_mode = wal');
      sqlite.prepare('select count(*) from account').all();
      return async () => sqlite.close();
    }
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const renew = () =>
      client.query(`insert into lease (name, holder, fence, expires_at)
        values ('background', 'earlier', 1, extract(epoch from clock_timestamp()) * 1000 + ${leaseMs})
        on conflict (name) do update set expires_at = excluded.expires_at`);
    await renew();
    const renewing = setInterval(() => void renew(), 1_000);
    return async () => {
      clearInterval(renewing);
      await client.query('update lease set expires_at = 0');
      await client.end();
    };
  }

  // Seen to fail without assertUpgraded: the list had migrated the store of the server that ran.
  test.skipIf(skipped)('are changed by no command that only reads or adds', async () => {
    const commands = [
      ['account', 'list'],
      ['audit', 'key'],
      ['account', 'create', '--email', 'new@example.com', '--password-stdin'],
      ['keys', 'rotate'],
      ['import', file, '--account', 'new@example.com', '--format', 'kanda'],
      ['export', join(dataDir, 'secrets.age'), '--account', 'new@example.com', '--recipient', RECIPIENT],
    ];
    for (const command of commands) {
      const { code, stderr } = await run(...command);
      expect(code, command.join(' ')).toBe(1);
      expect(stderr).toContain('kanda migrate');
      expect(stderr).toContain(NEWEST);
    }
    expect(await newestMigration()).toBe(filled.migration);
  });

  // Seen to fail when only what is missing was looked for: the command had opened the newer store.
  test.skipIf(skipped)('of a newer version neither, whatever it has added', async () => {
    await done('migrate', '--no-backup');
    await behind("insert into kysely_migration (name, timestamp) values ('9999-of-later', '2030')");
    const before = kind === 'SQLite' ? readFileSync(file) : null;
    for (const command of [
      ['account', 'list'],
      ['account', 'create', '--email', 'new@example.com', '--password-stdin'],
      ['migrate'],
      ['migrate', '--dry-run'],
    ]) {
      const { code, stderr } = await run(...command);
      expect(code, command.join(' ')).toBe(1);
      expect(stderr).toMatch(/written by a newer version of Kanda \(it has 9999-of-later\)/);
    }
    if (before !== null) expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.skipIf(skipped)('of a newer version serve on, if that version has only added to them', async () => {
    const server = await KandaProcess.start({ dataDir, env });
    await behind("insert into kysely_migration (name, timestamp) values ('9999-of-later-expand', '2030')");
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.stop();
    const again = await server.again();
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
    await done('account', 'list');
    await again.stop();
  });

  test.skipIf(skipped)('are shown by a dry run, and brought up to date once', async () => {
    const before = kind === 'SQLite' ? readFileSync(file) : null;
    const { stdout } = await done('migrate', '--dry-run');
    expect(stdout).toContain(`${NEWEST}`);
    expect(await newestMigration()).toBe(filled.migration);
    if (before !== null) expect(readFileSync(file).equals(before)).toBe(true);
    const migrated = await done('migrate');
    expect(migrated.stdout).toContain(NEWEST);
    expect(await newestMigration()).toBe(NEWEST);
    if (before !== null) {
      const [kept = ''] = backups();
      expect(kept).toMatch(/^kanda\.db\.before-upgrade-from-0007-\d{8}T\d{6}Z$/);
      expect(migrated.stderr).toContain(kept);
      expect(statSync(join(dataDir, kept)).mode & 0o777).toBe(0o600);
      const copy = new DatabaseSync(join(dataDir, kept), { readOnly: true });
      const { name } = copy.prepare('select max(name) as name from kysely_migration').get() as {
        name: string;
      };
      copy.close();
      expect(name).toBe(filled.migration);
    }
    expect((await done('migrate')).stdout).toContain('nothing to do');
    await done('account', 'list');
    expect(backups()).toHaveLength(kind === 'SQLite' ? 1 : 0);
  });

  // Seen to fail without the look for others: the tables changed under the server.
  test.skipIf(skipped)('are changed by no one while a server has them open', async () => {
    const end = await serveEarlier();
    try {
      const refused = [['migrate'], ['serve', '--port', '0']].map((command) => run(...command));
      for (const { code, stderr, stdout } of await Promise.all(refused)) {
        expect(code, stderr).toBe(1);
        expect(`${stderr}${stdout}`).toContain('Nothing was changed');
      }
      expect(await newestMigration()).toBe(filled.migration);
    } finally {
      await end();
    }
    expect(backups()).toEqual([]);
  });

  // Seen to fail when a lease counted only until it ran out: the tables changed under a server that was slow.
  if (kind === 'PostgreSQL') {
    test.skipIf(skipped)('nor while one of a slow machine may renew its lease', async () => {
      const end = await serveEarlier(-8_000);
      try {
        expect((await run('migrate')).stderr).toContain('earlier. Stop that server first');
        expect(await newestMigration()).toBe(filled.migration);
      } finally {
        await end();
      }
      await behind('update lease set expires_at = extract(epoch from clock_timestamp()) * 1000 - 61000');
      await done('migrate');
      expect(await newestMigration()).toBe(NEWEST);
    });
  }

  test.skipIf(skipped)(
    'are brought up to date once by commands and servers that begin together',
    async () => {
      const servers = [KandaProcess.start({ dataDir, env }), KandaProcess.start({ dataDir, env })];
      const migrations = [run('migrate'), run('migrate')];
      const [first, second] = await Promise.all(servers);
      for (const { code, stderr } of await Promise.all(migrations)) expect(code, stderr).toBe(0);
      expect(await newestMigration()).toBe(NEWEST);
      expect(backups()).toHaveLength(kind === 'SQLite' ? 1 : 0);
      for (const server of [first, second]) {
        expect((await fetch(`${server?.url}/readyz`)).status).toBe(200);
        await server?.stop();
      }
    },
  );

  test.skipIf(skipped)(
    'are brought up to date by a server, which is not ready once others are newer',
    async () => {
      const server = await KandaProcess.start({ dataDir, env });
      expect(await newestMigration()).toBe(NEWEST);
      expect(backups()).toHaveLength(kind === 'SQLite' ? 1 : 0);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      await behind("insert into kysely_migration (name, timestamp) values ('9999-of-later', '2030')");
      // One look at the store answers all probes of a moment.
      const readiness = async () => {
        const answer = await fetch(`${server.url}/readyz`);
        return `${answer.status} ${((await answer.json()) as { detail?: string }).detail}`;
      };
      await expect.poll(readiness).toMatch(/^503 .*9999-of-later/);
      await behind("delete from kysely_migration where name = '9999-of-later'");
      await server.stop();
    },
  );
});
