import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { LAST_BACKUP_FILE } from '../../background/last-backup.ts';
import { makeNewFile } from '../../store/sqlite/private-file.ts';

/** Notes that a backup was made just now, where this user may; one that cannot be noted is a backup all the same. */
export function noteBackup(dataDir: string): void {
  const path = join(dataDir, LAST_BACKUP_FILE);
  try {
    if (!existsSync(path)) makeNewFile(path);
    const now = new Date();
    utimesSync(path, now, now);
  } catch (error) {
    console.error(
      `This user may not note the backup in ${path} (${(error as Error).message}), so the server's metrics do not know of it.`,
    );
  }
}
