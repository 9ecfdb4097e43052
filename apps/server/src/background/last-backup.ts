import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** In the data directory: its time is that of the last backup, and it holds that of the one before. Metrics and alerts read it. */
export const LAST_BACKUP_FILE = 'last-backup';

/** When the store was backed up last, ms since the epoch; null: it is not known. */
export function lastBackupAt(dataDir: string): number | null {
  return statSync(join(dataDir, LAST_BACKUP_FILE), { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** A time in ms, with room to spare. */
const MAX_BYTES = 32;
/** Never through a link, and without waiting for a writer, if it is a pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How long the last backup was after the one before, ms; null: it is not known. Never throws: the server asks it again and again. */
export function backupEveryMs(dataDir: string): number | null {
  try {
    const file = openSync(join(dataDir, LAST_BACKUP_FILE), FLAGS);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return null;
      const bytes = Buffer.alloc(MAX_BYTES);
      const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, MAX_BYTES, 0));
      const before = /^\d+\n$/.test(text) ? Number(text) : 0;
      return before > 0 && before < stats.mtimeMs ? stats.mtimeMs - before : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}
