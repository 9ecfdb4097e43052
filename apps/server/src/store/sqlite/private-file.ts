import { chmodSync, closeSync, openSync } from 'node:fs';

/**
 * Makes the database file when there is none; only this user may read it. SQLite gives the
 * write-ahead log the mode of the database file, so this covers all three files. A file that is there is
 * not opened: closing it again would drop the locks that other connections of this process hold on it.
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  chmodSync(path, 0o600);
}
