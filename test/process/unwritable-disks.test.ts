/**
 * A disk that is read-only or full is called so, in place of "no such file" and of advice that cannot help. The disks
 * are mounts in a namespace of their own, which ends with the process that is tested.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeEarlierFile } from '../../apps/server/test/store/earlier-store.ts';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));

const canMount = inNamespace('mount -t tmpfs tmpfs "$1"', temporaryFolder()).status === 0;
if (!canMount)
  console.warn(
    'SKIPPED: this user may not mount in a namespace (unshare -rm): no disk here is read-only or full',
  );

afterAll(endAll);

/** Runs a script of the shell whose mounts no one else sees; `$1` and so on are the arguments. */
function inNamespace(script: string, ...args: string[]) {
  const words = ['-rm', '/bin/sh', '-ec', script, 'sh', ...args];
  return spawnSync('unshare', words, { env: bareEnvironment(), encoding: 'utf8', timeout: ENDS_WITHIN_MS });
}

/** What `kanda` says when this folder is mounted read-only. */
function onReadOnly(folder: string, ...args: string[]) {
  const script = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; shift; exec "$@"';
  return inNamespace(script, folder, process.execPath, KANDA, ...args);
}

/** What `kanda` says when this folder is a disk of this size in KiB, with only `free` KiB left. */
function onSmallDisk(folder: string, free: number, ...args: string[]) {
  const script =
    'mount -t tmpfs -o size=64k tmpfs "$1"; head -c "$2" /dev/zero > "$1/filling"; shift 2; exec "$@"';
  return inNamespace(script, folder, String((64 - free) * 1024), process.execPath, KANDA, ...args);
}

const serve = (dataDir: string) => ['serve', '--port', '0', '--data-dir', dataDir];

describe.skipIf(!canMount)('a read-only file system', () => {
  let store: string;
  beforeAll(async () => {
    const server = await KandaProcess.start();
    store = server.dataDir;
    await server.stop();
  });

  test.each(['data', 'var/lib/kanda'])('on which the data directory %s is to be made', (folder) => {
    const disk = temporaryFolder();
    const { status, stderr } = onReadOnly(disk, ...serve(join(disk, folder)));
    expect(status).toBe(1);
    expect(stderr).toContain('cannot be made: its file system is read-only. Mount it writable');
    expect(stderr).not.toMatch(/ENOENT|no such file/);
  });

  test('on which the master key is to be made', () => {
    const disk = temporaryFolder();
    expect(onReadOnly(disk, ...serve(disk)).stderr).toMatch(
      /master\.key \(EROFS.*Its file system is read-only: mount it writable/,
    );
  });

  test('with a store: serve does not send to a backup', () => {
    const { status, stderr } = onReadOnly(store, ...serve(store));
    expect(status).toBe(1);
    expect(stderr).toContain("opened as Kanda's database: its file system is read-only. Mount it writable");
    expect(stderr).not.toContain('backup');
  });

  test('with a store: doctor does not either', () => {
    const { status, stdout } = onReadOnly(store, 'doctor', '--port', '0', '--data-dir', store);
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ Store .*kanda\.db cannot be read: its file system is read-only/);
    expect(stdout).toMatch(/✗ Disk writes .*: its file system is read-only/);
    expect(stdout).not.toContain('restore');
  });
});

describe.skipIf(!canMount)('a full disk', () => {
  test('has no room for a data directory', () => {
    const disk = temporaryFolder();
    // Each file and folder of this disk takes one of its few places.
    const script = 'mount -t tmpfs -o nr_inodes=1 tmpfs "$1"; shift; exec "$@"';
    const { stderr } = inNamespace(script, disk, process.execPath, KANDA, ...serve(join(disk, 'data')));
    expect(stderr).toContain('cannot be made: the disk is full. Make room');
  });

  test('has no room for the master key', () => {
    const disk = temporaryFolder();
    const { status, stderr } = onSmallDisk(disk, 0, ...serve(disk));
    expect(status).toBe(1);
    expect(stderr).toMatch(/master key could not be written to .*The disk is full: make room on it/);
    expect(stderr).not.toContain('directory writable');
  });

  test.each([4, 16, 60])('has no room for the store, with %i KiB free', (free) => {
    const disk = temporaryFolder();
    mkdirSync(join(disk, 'data'));
    const { status, stdout, stderr } = onSmallDisk(disk, free, ...serve(join(disk, 'data')));
    expect(status).toBe(1);
    expect(stderr).toContain("opened as Kanda's database: the disk is full. Make room");
    // The key is there now, and no one will say so again.
    expect(stdout).toContain('A new master key was made');
  });

  test('has no room for the copy that is made before an upgrade, and the store stays as it is', () => {
    const disk = temporaryFolder();
    const earlier = join(temporaryFolder(), 'kanda.db');
    writeEarlierFile(earlier);
    const script =
      'mount -t tmpfs -o size=8m tmpfs "$1"; cp -p "$2" "$1"; "$3" "$4" migrate --data-dir "$1" || code=$?; ls "$1"; cmp "$1/kanda.db" "$2" && exit "$code"';
    const { status, stdout, stderr } = inNamespace(script, disk, earlier, process.execPath, KANDA);
    expect(status, stderr).toBe(1);
    expect(stderr).toMatch(/cannot be backed up before its tables are changed \(the disk has \d+ bytes free/);
    expect(stderr).toContain('Nothing was changed. Make room in its folder');
    expect(stdout).toBe('kanda.db\n');
  });
});
