/** Links in place of Kanda's files, also in a folder of one's own: none is followed for writing, and none restored from. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { kanda, kandaDone } from '../lib/run-kanda.ts';
import { stateOf } from './folders-of-others.ts';
import { storeWithClient } from './stores.ts';

afterAll(endAll);

describe('a link in place of a file', () => {
  test('at the store is refused, and what it leads to keeps its mode', async () => {
    const [{ dataDir }, elsewhere] = [await storeWithClient(), temporaryFolder()];
    const target = join(elsewhere, 'kanda.db');
    copyFileSync(join(dataDir, 'kanda.db'), target);
    chmodSync(target, 0o644);
    const linked = temporaryFolder();
    copyFileSync(join(dataDir, 'master.key'), join(linked, 'master.key'));
    symlinkSync(target, join(linked, 'kanda.db'));
    expect(await kanda(['client', 'list', '--data-dir', linked])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /kanda\.db cannot be opened as Kanda's database: it is a link\. Put the file/,
      ),
    });
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  test('a store that others may read is closed', async () => {
    const { dataDir } = await storeWithClient();
    chmodSync(join(dataDir, 'kanda.db'), 0o644);
    await kandaDone(['client', 'list', '--data-dir', dataDir]);
    expect(statSync(join(dataDir, 'kanda.db')).mode & 0o7777).toBe(0o600);
  });

  test('at a backup or at its log is not restored, nor is anything else than a file', async () => {
    const { dataDir: from } = await storeWithClient();
    const [backups, dataDir] = [temporaryFolder(), temporaryFolder()];
    copyFileSync(join(from, 'master.key'), join(dataDir, 'master.key'));
    const [backup, secret, link] = ['backup.db', 'secret', 'link.db'].map((name) => join(backups, name)) as [
      string,
      string,
      string,
    ];
    await kandaDone(['backup', backup, '--data-dir', from]);
    chmodSync(backup, 0o444);
    writeFileSync(secret, 'root:$y$…');
    symlinkSync(backup, link);
    const restored = (file: string) => kanda(['restore', file, '--data-dir', dataDir]);
    expect(await restored(link)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is a link\. Name the/),
    });
    symlinkSync(secret, `${backup}-wal`);
    expect(await restored(backup)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a link in place of a file\. The store was not changed/),
    });
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    mkdirSync(join(backups, 'other'));
    const plain = join(backups, 'other', 'backup.db');
    copyFileSync(backup, plain);
    execFileSync('mkfifo', [`${plain}-wal`]);
    expect(await restored(plain)).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not a file/) });
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    const kept = join(backups, 'kept.db');
    copyFileSync(backup, kept);
    expect(await restored(kept)).toMatchObject({ code: 0 });
    // Not the mode of the backup.
    expect(statSync(join(dataDir, 'kanda.db')).mode & 0o777).toBe(0o600);
  });

  test('at the note of the last backup leads nowhere', async () => {
    const [{ dataDir }, elsewhere] = [await storeWithClient(), temporaryFolder()];
    writeFileSync(join(elsewhere, 'file'), '');
    symlinkSync(join(elsewhere, 'file'), join(dataDir, 'last-backup'));
    const before = stateOf(elsewhere);
    const { stderr } = await kandaDone(['backup', join(temporaryFolder(), 'b.db'), '--data-dir', dataDir]);
    expect(stderr).toMatch(/The backup cannot be noted in .*last-backup \(ELOOP/);
    expect(stateOf(elsewhere)).toEqual(before);
  });
});
