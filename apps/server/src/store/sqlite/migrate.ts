import { SQLITE_TYPES } from '../migrations/column-types.ts';
import { MigrationError, migrate } from '../migrations/index.ts';
import type { Connection } from './connection.ts';
import { isBusy, whenFree } from './when-free.ts';

/**
 * Brings the file up to this version, all of it or nothing. Kysely's migrator takes no transaction and no
 * lock in SQLite, so both are taken here: a process that starts at the same time waits and then finds
 * nothing left to do, and one that is killed half way leaves the file as it was.
 *
 * @returns the names of the migrations that were applied
 * @throws {MigrationError} with a message for the operator
 */
export async function migrateSqlite({ sqlite, db }: Connection, deadlineMs: number): Promise<string[]> {
  try {
    await whenFree(() => sqlite.exec('begin immediate'), deadlineMs);
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new MigrationError(
      'Another process has held the lock of the database file for too long. ' +
        'Look for a program that has it open, such as a backup or an SQLite shell, and end it.',
      { cause: error },
    );
  }
  try {
    const applied = await migrate(db, SQLITE_TYPES);
    sqlite.exec('commit');
    return applied;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    throw error;
  }
}
