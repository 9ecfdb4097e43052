import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertTablesIn } from '../../compose/existing-installation.ts';
import { DATABASE_FILE, databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import { existingStore } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { copyLogs } from '../../store/postgres/copy-logs.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { openSqliteSide } from '../../store/sqlite/copy-side.ts';
import { LogReader } from '../../store/sqlite/log-reader.ts';

/** A file that holds the logs, and what to call their place. */
export interface LogFile {
  readonly path: string;
  readonly shown: string;
}

/**
 * Runs `use` on a file with the logs: the store itself, or for PostgreSQL a copy of one instant in a temporary
 * folder of this user's, which is removed afterwards. One verifier for both is worth the copy.
 */
export async function withLogFile<T>(config: Config, use: (file: LogFile) => T): Promise<T> {
  if (config.databaseUrl === null) {
    const { database } = existingStore(config);
    return use({ path: database, shown: database });
  }
  const url = config.databaseUrl.reveal();
  await assertTablesIn(config, url);
  const folder = mkdtempSync(join(tmpdir(), 'kanda-audit-'));
  try {
    const path = join(folder, DATABASE_FILE);
    const file = await openSqliteSide(path);
    try {
      await copyLogs(url, databaseLimits(config), file).catch((error) => {
        throw unusableDatabase(error, url);
      });
    } finally {
      await file.close();
    }
    return use({ path, shown: shownAddress(url) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Opens the logs of a file for reading.
 *
 * @param whatFor what cannot be done to it where that fails, as `verified`
 * @throws for the operator
 */
export function openLogs(path: string, shown: string, whatFor: string): LogReader {
  try {
    return new LogReader(path);
  } catch (cause) {
    throw new Error(`${shown} cannot be ${whatFor}: ${(cause as Error).message}.`, { cause });
  }
}
