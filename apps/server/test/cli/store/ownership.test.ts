/** What the owner of a data directory can do there, and other users cannot. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { KANDA, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';
import { folderOf, IS_ROOT, ownersIn, SERVICE, STRANGER, storeOf } from './folders-of-others.ts';
import { storeWithClient } from './stores.ts';

afterAll(endAll);

const OWN = `${SERVICE.uid}:${SERVICE.gid} 600`;

describe.skipIf(!IS_ROOT)('the owner of a folder', () => {
  test('makes a store, backs it up and restores what only root may read, by standard input', async () => {
    const dataDir = folderOf(SERVICE);
    const made = [
      'account',
      'create',
      '--email',
      'you@example.com',
      '--password-stdin',
      '--data-dir',
      dataDir,
    ];
    expect(await kanda(made, { ...SERVICE, input: PASSWORD })).toMatchObject({ code: 0 });
    const backup = join(dataDir, 'backup');
    await kandaDone(['backup', backup, '--data-dir', dataDir], SERVICE);
    const owners = ownersIn(dataDir);
    expect(owners).toEqual(Object.fromEntries(Object.keys(owners).map((name) => [name, OWN])));
    expect(Object.keys(owners)).toEqual(expect.arrayContaining(['kanda.db', 'master.key', 'last-backup']));

    const kept = join(temporaryFolder(), 'kanda.db');
    copyFileSync(backup, kept);
    const refused = await kanda(['restore', '--force', kept, '--data-dir', dataDir], SERVICE);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /this user may not read .*sudo cat .* \| sudo -u '#64990' kanda restore -/,
      ),
    });
    await kandaDone(['key', 'create', '--name', 'later', '--data-dir', dataDir], SERVICE);
    const input = readFileSync(kept);
    const restored = ['restore', '--force', '-', '--data-dir', dataDir];
    expect(await kanda(restored, { ...SERVICE, input: input.subarray(0, 5_000) })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^The backup on standard input cannot be restored: .*was not changed\.\n$/,
      ),
    });
    await kandaDone(restored, { ...SERVICE, input });
    expect(ownersIn(dataDir)['kanda.db']).toBe(OWN);
    const keys = await kandaDone(['key', 'list', '--json', '--data-dir', dataDir], SERVICE);
    expect(keys.stdout).not.toContain('later');
  });

  test('another user is refused before anything is written, and learns whose the folder is', async () => {
    const dataDir = folderOf(SERVICE);
    chmodSync(dataDir, 0o777);
    const args = ['account', 'create', '--email', 'a@example.com', '--password-stdin', '--data-dir', dataDir];
    const said = {
      code: 1,
      stderr: expect.stringMatching(
        /belongs to user 64990, and this is user 64992: .*sudo -u '#64990' kanda/,
      ),
    };
    expect(await kanda(args, { ...STRANGER, input: PASSWORD })).toMatchObject(said);
    const file = join(temporaryFolder(), 'any.db');
    writeFileSync(file, '');
    chmodSync(join(file, '..'), 0o755);
    expect(await kanda(['restore', file, '--data-dir', dataDir], STRANGER)).toMatchObject(said);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('a store that another user left is named with its owner', async () => {
    const dataDir = await storeOf(SERVICE);
    chownSync(join(dataDir, 'kanda.db'), 0, 0);
    chmodSync(join(dataDir, 'kanda.db'), 0o666);
    const serve = await kanda(['account', 'list', '--data-dir', dataDir], SERVICE);
    expect(serve).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/it belongs to user 0, and this is user 64990.*chown 64990/),
    });
  });
});

describe('kanda backup', () => {
  test('- streams onto standard output what can be restored, and leaves nothing behind', async () => {
    const { dataDir } = await storeWithClient();
    const [tmp, file] = [temporaryFolder(), join(temporaryFolder(), 'streamed.db')];
    const { execFileSync } = await import('node:child_process');
    const command = `'${process.execPath}' '${KANDA}' backup - --data-dir '${dataDir}' > '${file}'`;
    execFileSync('sh', ['-euc', command], { env: bareEnvironment({ TMPDIR: tmp }), stdio: 'pipe' });
    expect(readdirSync(tmp)).toEqual([]);
    const restored = temporaryFolder();
    copyFileSync(join(dataDir, 'master.key'), join(restored, 'master.key'));
    expect((await kandaDone(['restore', file, '--data-dir', restored])).stdout).toMatch(/1 account, 1 user/);
    expect(await kanda(['backup', '-', '--keep', '2', '--data-dir', dataDir])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  test('--keep adds a backup with the time in its name, and deletes older ones of that name alone', async () => {
    const { dataDir } = await storeWithClient();
    const folder = join(temporaryFolder(), 'backups');
    mkdirSync(folder);
    const older = ['kanda-2026-01-01T023000Z.db', 'kanda-2026-01-02T023000Z.db'];
    const others = ['kanda-2026-01-01.db', 'notes.txt'];
    for (const name of [...older, ...others]) writeFileSync(join(folder, name), name);
    const { stdout, stderr } = await kandaDone(['backup', '--keep', '2', folder, '--data-dir', dataDir]);
    const made = readdirSync(folder).filter((name) => ![...older, ...others].includes(name));
    expect(made).toEqual([expect.stringMatching(/^kanda-\d{4}-\d\d-\d\dT\d{6}Z\.db$/)]);
    expect(stdout).toMatch(/every page and index checked, and \d+ events by the trees/);
    expect(stderr).toContain(`Deleted ${join(folder, older[0] ?? '')}: 2 newer ones are kept.`);
    expect(readdirSync(folder).sort()).toEqual([...others, older[1], made[0]].sort());
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('notes.txt');
    const none = await kanda(['backup', '--keep', '0', folder, '--data-dir', dataDir]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/^--keep takes how many/) });
  });

  test('--keep never deletes the backup just made, nor a folder, nor one of a time to come, which it names; drafts of killed runs go', async () => {
    const { dataDir } = await storeWithClient();
    const folder = join(temporaryFolder(), 'backups');
    const aFolder = 'kanda-2026-01-01T023000Z.db';
    mkdirSync(join(folder, aFolder), { recursive: true });
    const ahead = ['kanda-2999-01-01T023000Z.db', 'kanda-2999-01-02T023000Z.db'];
    const old = 'kanda-2026-01-02T023000Z.db';
    const [killed, running] = ['0123abcd', '4567cdef'].map((run) => `.${old}.${run}.partial`) as [
      string,
      string,
    ];
    const killedLog = `${killed}-wal`;
    for (const name of [...ahead, old, killed, killedLog, running]) writeFileSync(join(folder, name), name);
    for (const name of [killed, killedLog]) utimesSync(join(folder, name), 1, 1);
    const { stderr } = await kandaDone(['backup', '--keep', '1', folder, '--data-dir', dataDir]);
    const left = readdirSync(folder).sort();
    const made = left.filter((name) => ![aFolder, ...ahead, running].includes(name));
    expect(made).toEqual([expect.stringMatching(/^kanda-\d{4}-\d\d-\d\dT\d{6}Z\.db$/)]);
    expect(left).toEqual([aFolder, ...ahead, running, ...made].sort());
    expect(stderr).toContain(`Deleted ${join(folder, old)}: 1 newer ones are kept.`);
    expect(stderr).toContain(`the time in the name lies ahead: ${ahead.join(', ')}.`);
    expect(stderr).toContain(`Deleted ${join(folder, killed)}, which`);
  });
});
