import { SQLITE_TYPES } from '../migrations/column-types.ts';
import {
  assertFit,
  type Fitting,
  type MigrateOptions,
  MigrationError,
  migrate,
} from '../migrations/index.ts';
import type { Connection } from './connection.ts';
import { appliedIn } from './examine.ts';
import { isBusy, whenFree } from './when-free.ts';

/**
 * Makes the tables of an empty file. Those of another version stay as they are.
 *
 * @throws {MigrationError} with a message for the operator, also when this version cannot work on the tables
 */
export async function makeTables(
  connection: Connection,
  deadlineMs: number,
  fitting: Fitting = {},
): Promise<void> {
  const applied = await whenFree(() => appliedIn(connection.sqlite), deadlineMs);
  if (applied === null) await migrateSqlite(connection, deadlineMs);
  else assertFit(applied, fitting);
}

/**
 * Brings the file up to this version, all of it or nothing. Kysely's migrator takes no transaction and no
 * lock in SQLite, so both are taken here: a process that starts at the same time waits and then finds
 * nothing left to do, and one that is killed half way leaves the file as it was.
 *
 * @returns the names of the migrations that were applied
 * @throws {MigrationError} with a message for the operator
 */
export async function migrateSqlite(
  { sqlite, db }: Connection,
  deadlineMs: number,
  options: MigrateOptions = {},
): Promise<string[]> {
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
    const applied = await migrate(db, SQLITE_TYPES, options);
    sqlite.exec('commit');
    return applied;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    throw error;
  }
}
