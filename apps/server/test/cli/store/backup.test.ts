import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, wrongCodes } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { KANDA, kanda, kandaDone } from '../lib/run-kanda.ts';
import { alter, damage, fill, storeWithClient, withServer } from './stores.ts';

afterAll(endAll);

/** Runs a query on a file that no one else has open. */
function query(path: string, sql: string): Record<string, unknown>[] {
  const sqlite = new DatabaseSync(path);
  try {
    return sqlite.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    sqlite.close();
  }
}

describe('while a server writes', () => {
  let server: KandaProcess;
  let caller: Caller;
  const file = join(temporaryFolder(), "last night's", 'kanda-backup.db');

  beforeAll(async () => {
    const { dataDir, apiKey } = await storeWithClient();
    // Large enough for many steps of the copy, so that writes fall between them.
    fill(dataDir, 48);
    server = await KandaProcess.start({ dataDir });
    caller = new Caller(server.url).withBearer(apiKey);
  });
  afterAll(() => caller.close());

  test('the backup ends, is the store at one instant, and holds all that was answered before it began', async () => {
    const clients = await Promise.all([1, 2, 3, 4].map((number) => caller.enrol(`writer-${number}`)));
    const codes = clients.map((client) => wrongCodes(client, 4));
    let answered = 0;
    let stop = false;
    const statuses = new Set<number>();
    // Each validation is a commit, also the one of a client that is delayed.
    const writers = clients.map(async ({ clientId }, writer) => {
      for (let round = 0; !stop; round++) {
        const answer = await caller.validate(clientId, codes[writer]?.[round % 4] ?? '');
        statuses.add(answer.status);
        answered++;
      }
    });
    while (answered < 50) await nextTurn();
    const before = answered;
    const { stdout } = await kandaDone(['backup', file, '--data-dir', server.dataDir]);
    const during = answered - before;
    stop = true;
    await Promise.all(writers);

    expect(stdout).toMatch(
      /MiB, 1 account, 5 users, schema .*; every page and index checked, and \d+ events by the trees of the logs/,
    );
    expect([...statuses]).toEqual([200]);
    expect(during).toBeGreaterThan(20);
    expect(query(file, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    const [log] = query(
      file,
      `select max(e.id) as newest, count(*) as events, (select last_event from account_head where account_id = 1) as head,
         sum(e.type = 14) as verdicts, (select sum(refused) from activity where account_id = 1) as counted
       from event e where e.account_id = 1`,
    );
    // No gap, and the counters of the same transaction agree with the log.
    expect(log).toMatchObject({ newest: log?.events, head: log?.events, verdicts: log?.counted });
    expect(log?.verdicts).toBeGreaterThanOrEqual(before);
    expect(log?.verdicts).toBeLessThanOrEqual(answered);
  });

  test('the file is one of its own, that only this user can read', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(query(file, 'pragma journal_mode')).toEqual([{ journal_mode: 'delete' }]);
    expect(readdirSync(join(file, '..'))).toEqual(['kanda-backup.db']);
  });

  test('a file that exists is replaced with --force alone', async () => {
    const refused = await kanda(['backup', file, '--data-dir', server.dataDir]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    const [, command = ''] = /replace it: kanda (.*)/.exec(refused.stderr) ?? [];
    writeFileSync(file, 'something else');
    // As it stands, pasted in another folder.
    const shell = { cwd: '/', env: bareEnvironment(), encoding: 'utf8' } as const;
    const pasted = spawnSync('/bin/sh', ['-c', `"${process.execPath}" "${KANDA}" ${command}`], shell);
    expect(pasted.stderr).toContain('The master key is NOT in it');
    expect(query(file, 'select count(*) as n from account')).toEqual([{ n: 1 }]);
  });
});

describe('the master key', () => {
  test('is not needed, is not in the backup, and the operator is reminded', async () => {
    const { dataDir } = await storeWithClient();
    const key = readFileSync(join(dataDir, 'master.key'), 'utf8').trim();
    renameSync(join(dataDir, 'master.key'), join(temporaryFolder(), 'elsewhere'));
    const file = join(temporaryFolder(), 'backup.db');
    const { stderr } = await kandaDone(['backup', file, '--data-dir', dataDir]);
    expect(stderr).toMatch(/The master key is NOT in it \(.*master\.key\)/);
    const bytes = readFileSync(file);
    for (const form of [key, Buffer.from(key, 'base64'), Buffer.from(key, 'base64').toString('hex')]) {
      expect(bytes.includes(form)).toBe(false);
    }
  });
});

describe('nothing of the store is overwritten', () => {
  test.each(['kanda.db', 'kanda.db-wal', 'master.key'])('%s, by its name or by a link', async (name) => {
    const { dataDir } = await storeWithClient();
    writeFileSync(join(dataDir, 'kanda.db-wal'), '');
    const own = join(dataDir, name);
    const content = readFileSync(own);
    const link = join(dataDir, 'link');
    linkSync(own, link);
    for (const target of [own, link]) {
      const refused = await kanda(['backup', '--force', target, '--data-dir', dataDir]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('belongs to the store itself');
      expect(readFileSync(own)).toEqual(content);
    }
  });
});

test('free pages of the store are not in it, and nothing else is lost', async () => {
  const { dataDir, apiKey } = await storeWithClient();
  fill(dataDir, 8);
  alter(join(dataDir, 'kanda.db'), 'drop table filling');
  const folder = temporaryFolder();
  const file = join(folder, 'backup.db');
  await kandaDone(['backup', file, '--data-dir', dataDir]);
  expect(statSync(join(dataDir, 'kanda.db')).size).toBeGreaterThan(8 * 1024 * 1024);
  expect(statSync(file).size).toBeLessThan(1024 * 1024);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['backup.db']);
  await kandaDone(['restore', '--force', file, '--data-dir', dataDir]);
  await withServer(dataDir, apiKey, async (caller) => {
    expect((await caller.get('/api/totp/clients/alice')).status).toBe(200);
  });
});

describe('what is refused leaves no file', () => {
  test('a store that is damaged, so that no good backup is replaced by a bad one', async () => {
    const { dataDir } = await storeWithClient();
    fill(dataDir, 1);
    damage(join(dataDir, 'kanda.db'));
    const folder = temporaryFolder();
    const file = join(folder, 'backup.db');
    writeFileSync(file, 'the last good one');
    const refused = await kanda(['backup', '--force', file, '--data-dir', dataDir]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/cannot be backed up: .*No backup was made.*kanda doctor/s);
    expect(readdirSync(folder)).toEqual(['backup.db']);
    expect(readFileSync(file, 'utf8')).toBe('the last good one');
  });

  test('a folder in place of a file, a folder without a store, and a PostgreSQL database', async () => {
    const { dataDir } = await storeWithClient();
    const folder = temporaryFolder();
    const asFolder = await kanda(['backup', folder, '--data-dir', dataDir]);
    expect(asFolder.stderr).toContain(`kanda backup --data-dir ${dataDir} ${folder}/kanda-backup.db`);
    const empty = temporaryFolder();
    const noStore = await kanda(['backup', join(folder, 'a.db'), '--data-dir', empty]);
    expect(noStore.stderr).toContain('There is no store in');
    const env = { KANDA_DATABASE_URL: 'postgres://localhost/kanda' };
    const postgres = await kanda(['backup', join(folder, 'a.db'), '--data-dir', dataDir], { env });
    expect(postgres.stderr).toContain('pg_dump');
    expect([asFolder.code, noStore.code, postgres.code]).toEqual([1, 1, 1]);
    expect([readdirSync(folder), readdirSync(empty)]).toEqual([[], []]);
  });

  test('a command that is interrupted half way', async () => {
    const { dataDir } = await storeWithClient();
    fill(dataDir, 32);
    const folder = join(temporaryFolder(), 'backups');
    mkdirSync(folder);
    const child = spawn(process.execPath, [KANDA, 'backup', join(folder, 'a.db'), '--data-dir', dataDir], {
      env: bareEnvironment(),
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    while (readdirSync(folder).length === 0 && child.exitCode === null) await nextTurn();
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(readdirSync(folder)).toEqual([]);
  });
});
