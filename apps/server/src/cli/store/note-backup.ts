import { closeSync, constants, fstatSync, ftruncateSync, futimesSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LAST_BACKUP_FILE, lastBackupAt } from '../../background/last-backup.ts';

/** By its descriptor, and never through a link; nor does it wait for a reader, if it is a pipe. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Notes that a backup was made just now, where this user may; one that cannot be noted is a backup all the same. */
export function noteBackup(dataDir: string): void {
  const path = join(dataDir, LAST_BACKUP_FILE);
  try {
    const before = lastBackupAt(dataDir);
    const file = openSync(path, FLAGS, 0o600);
    try {
      const now = new Date();
      // A pipe or a device, put there by someone, is given nothing.
      if (fstatSync(file).isFile()) {
        ftruncateSync(file);
        if (before !== null) writeSync(file, `${Math.round(before)}\n`, 0);
      }
      futimesSync(file, now, now);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    console.error(
      `The backup cannot be noted in ${path} (${(error as Error).message}), so the server's metrics do not know of it.`,
    );
  }
}
