import { chmodSync, closeSync, constants, fchmodSync, fchownSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the database file when there is none; only this user may read it. SQLite gives the
 * write-ahead log the mode of the database file, so this covers all three files. A file that is there is
 * not opened: closing it again would drop the locks that other connections of this process hold on it.
 */
export function makePrivateFile(path: string): void {
  try {
    makeNewFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  chmodSync(path, 0o600);
}

/**
 * Makes a file that is not there, readable for its owner alone. That is the owner of the folder where root makes it: what
 * an operator's command leaves in the folder of a service must be the service's. By its descriptor, since the owner of
 * the folder could put a link to another file in its place.
 */
export function makeNewFile(path: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    giveToFolder(file, path);
  } finally {
    closeSync(file);
  }
}

/** Makes a file that this process has written private, as `makeNewFile` does: a copy takes mode and owner of its source over. */
export function makePrivateAgain(path: string): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    fchmodSync(file, 0o600);
    giveToFolder(file, path);
  } finally {
    closeSync(file);
  }
}

function giveToFolder(file: number, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) fchownSync(file, uid, gid);
}
