/** Disks of a few kilobytes, which a user can make that may mount. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Whether this user may; said aloud when not. */
export const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-mount-'));
  const may = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status === 0;
  if (may) spawnSync('umount', [folder]);
  else console.warn('SKIPPED: this user may not mount: no disk here is full');
  rmdirSync(folder);
  return may;
})();

/** Mounts a disk of this size, such as `1m`, over the folder. */
export function mountSmall(folder: string, size: string): void {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  expect(mounted.status, String(mounted.stderr)).toBe(0);
}

/** Fills it to the last byte, into this file of it. */
export function fill(file: string): void {
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1k']);
}

export function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder]);
}
