/** What commands of root leave in the folder of a service user, and what other users are refused. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { create, KANDA, kanda, kandaDone } from '../lib/run-kanda.ts';
import { storeWithClient } from './stores.ts';

afterAll(endAll);

/** No account of the machine has these numbers. */
const SERVICE = { uid: 64_990, gid: 64_991 };
const STRANGER = { uid: 64_992, gid: 64_993 };

function folderOf(user: { readonly uid: number; readonly gid: number }): string {
  const folder = temporaryFolder();
  chownSync(folder, user.uid, user.gid);
  return folder;
}

/** Of each file in the folder. */
function ownersIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => {
      const { uid, gid, mode } = statSync(join(folder, name));
      return [name, `${uid}:${gid} ${(mode & 0o777).toString(8)}`];
    }),
  );
}

const OWN = `${SERVICE.uid}:${SERVICE.gid} 600`;

// Only root can give a folder away. Seen to fail without `giveToFolder`: kanda.db and backups were root's, 0:0.
describe.skipIf(process.getuid?.() !== 0)('commands of root in the folder of a service user', () => {
  test('account create: store and key are the service user’s, who then works on them', async () => {
    const dataDir = folderOf(SERVICE);
    expect((await create(dataDir, 'you@example.com')).code).toBe(0);
    expect(ownersIn(dataDir)).toEqual({ 'kanda.db': OWN, 'master.key': OWN });
    const made = await kanda(['key', 'create', '--name', 'x', '--data-dir', dataDir], SERVICE);
    expect(made).toMatchObject({ code: 0 });

    const inside = join(folderOf(SERVICE), 'made', 'data');
    expect((await create(inside, 'you@example.com')).code).toBe(0);
    expect(statSync(join(inside, '..')).uid).toBe(SERVICE.uid);
    expect(ownersIn(inside)).toEqual({ 'kanda.db': OWN, 'master.key': OWN });
  });

  test('restore: from a backup that only root can read, and the service user works on the store', async () => {
    const { dataDir: from } = await storeWithClient();
    const backup = join(temporaryFolder(), 'backup.db');
    await kandaDone(['backup', backup, '--data-dir', from]);
    const dataDir = folderOf(SERVICE);
    copyFileSync(join(from, 'master.key'), join(dataDir, 'master.key'));
    chownSync(join(dataDir, 'master.key'), SERVICE.uid, SERVICE.gid);

    const refused = await kanda(['restore', backup, '--data-dir', dataDir], SERVICE);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Restore as root, which gives the store to the owner/),
    });
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    await kandaDone(['restore', backup, '--data-dir', dataDir]);
    await kandaDone(['restore', '--force', backup, '--data-dir', dataDir]);
    const owners = ownersIn(dataDir);
    expect(owners).toEqual(Object.fromEntries(Object.keys(owners).map((name) => [name, OWN])));
    const made = await kanda(['key', 'create', '--name', 'x', '--data-dir', dataDir], SERVICE);
    expect(made).toMatchObject({ code: 0 });
  });

  test('backup: the file and the note of it are their folders’', async () => {
    const dataDir = folderOf(SERVICE);
    await create(dataDir, 'you@example.com');
    const backups = folderOf(STRANGER);
    await kandaDone(['backup', join(backups, 'kanda.db'), '--data-dir', dataDir]);
    expect(ownersIn(backups)).toEqual({ 'kanda.db': `${STRANGER.uid}:${STRANGER.gid} 600` });
    expect(ownersIn(dataDir)['last-backup']).toBe(OWN);
  });

  test('another user is refused before anything is written, and learns whose the folder is', async () => {
    const dataDir = folderOf(SERVICE);
    chmodSync(dataDir, 0o777);
    const args = ['account', 'create', '--email', 'a@example.com', '--password-stdin', '--data-dir', dataDir];
    const said = {
      code: 1,
      stderr: expect.stringMatching(/belongs to user 64990, and this is user 64992: .*Run it as root/),
    };
    expect(await kanda(args, { ...STRANGER, input: 'a sentence of some length' })).toMatchObject(said);
    const file = join(temporaryFolder(), 'any.db');
    writeFileSync(file, '');
    chmodSync(join(file, '..'), 0o755);
    expect(await kanda(['restore', file, '--data-dir', dataDir], STRANGER)).toMatchObject(said);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('a store that another user left is named with its owner', async () => {
    const dataDir = folderOf(SERVICE);
    await create(dataDir, 'you@example.com');
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
    execFileSync('sh', ['-euc', command], { env: { TMPDIR: tmp }, stdio: 'pipe' });
    expect(readdirSync(tmp)).toEqual([]);
    const restored = temporaryFolder();
    copyFileSync(join(dataDir, 'master.key'), join(restored, 'master.key'));
    expect((await kandaDone(['restore', file, '--data-dir', restored])).stdout).toMatch(
      /1 account, 1 client/,
    );
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
    expect(stdout).toMatch(/checked from end to end/);
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
