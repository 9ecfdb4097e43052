import { statSync } from 'node:fs';
import { join } from 'node:path';

/** In the data directory: its time is that of the last backup. Metrics and alerts read it. */
export const LAST_BACKUP_FILE = 'last-backup';

/** When the store was backed up last, ms since the epoch; null: it is not known. */
export function lastBackupAt(dataDir: string): number | null {
  return statSync(join(dataDir, LAST_BACKUP_FILE), { throwIfNoEntry: false })?.mtimeMs ?? null;
}
