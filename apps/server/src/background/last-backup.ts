import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** In the data directory: its time is that of the last backup, and it holds that of the one before. Metrics and alerts read it. */
export const LAST_BACKUP_FILE = 'last-backup';

/** When the store was backed up last, ms since the epoch; null: it is not known. */
export function lastBackupAt(dataDir: string): number | null {
  return statSync(join(dataDir, LAST_BACKUP_FILE), { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/** How long the last backup was after the one before, ms; null: it is not known. */
export function backupEveryMs(dataDir: string): number | null {
  const last = lastBackupAt(dataDir);
  if (last === null) return null;
  const before = Number.parseInt(readFileSync(join(dataDir, LAST_BACKUP_FILE), 'utf8'), 10);
  return Number.isSafeInteger(before) && before > 0 && before < last ? last - before : null;
}
