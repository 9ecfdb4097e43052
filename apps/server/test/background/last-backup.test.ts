import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupEveryMs, LAST_BACKUP_FILE, lastBackupAt } from '../../src/background/last-backup.ts';
import { noteBackup } from '../../src/cli/store/note-backup.ts';

const DAY_SECONDS = 86_400;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-last-backup-'));
  path = join(folder, LAST_BACKUP_FILE);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('two backups are as far apart as the second was after the first', () => {
  expect([lastBackupAt(folder), backupEveryMs(folder)]).toEqual([null, null]);
  noteBackup(folder);
  expect(lastBackupAt(folder)).not.toBeNull();
  expect(backupEveryMs(folder)).toBeNull();
  const yesterday = Date.now() / 1000 - DAY_SECONDS;
  utimesSync(path, yesterday, yesterday);
  noteBackup(folder);
  expect(Math.round((backupEveryMs(folder) ?? 0) / 60_000)).toBe(DAY_SECONDS / 60);
  // Not within the same tick of the file system's clock, of which two backups are no time apart.
  const justNow = Date.now() / 1000 - 5;
  utimesSync(path, justNow, justNow);
  noteBackup(folder);
  expect(backupEveryMs(folder)).toBeGreaterThan(4_000);
  expect(backupEveryMs(folder)).toBeLessThan(60_000);
});

test.each(['', 'yesterday', '-5\n', '12', '99999999999999999\n', `${'1'.repeat(500)}\n`])(
  'a file with %j says nothing of the one before',
  (text) => {
    writeFileSync(path, text);
    expect(backupEveryMs(folder)).toBeNull();
  },
);

test('a pipe, a link and a folder in its place are not waited for, and nothing is thrown', () => {
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  expect(backupEveryMs(folder)).toBeNull();
  rmSync(path);
  symlinkSync('/dev/zero', path);
  expect(backupEveryMs(folder)).toBeNull();
  rmSync(path);
  expect(spawnSync('mkdir', [path]).status).toBe(0);
  expect(backupEveryMs(folder)).toBeNull();
});
