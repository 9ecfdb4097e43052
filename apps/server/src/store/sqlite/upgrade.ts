import { rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { MIGRATION_NAMES, type MigrateOptions } from '../migrations/index.ts';
import { planOf } from '../migrations/phases.ts';
import { backupHeld } from './backup.ts';
import { kyselyOn } from './connection.ts';
import { appliedIn } from './examine.ts';
import { openExclusively } from './exclusive.ts';
import { BUSY_DEADLINE_MS } from './group-commit.ts';
import { migrateSqlite } from './migrate.ts';
import { makeNewFile } from './private-file.ts';

export interface UpgradeOptions extends MigrateOptions {
  /** Names the file that the store as it was is copied to, by its newest migration; null: no copy is made. */
  readonly backupTo: ((newest: string) => string) | null;
  /** Hears of the copy, once it is checked. */
  readonly onKept: (copy: string) => void;
}

/** The copy was not made. Nothing was changed. */
export class NotKeptError extends Error {
  override readonly name = 'NotKeptError';
}

/** What is left free on the disk besides the copy: the migrations need some too. */
const LEFT_FREE_BYTES = 16 * 1024 * 1024;

/**
 * Brings a file with tables of an earlier version up to this one: it is held, copied and changed under one lock, so that
 * no other process has it open at any time. An empty file is left to what opens it.
 *
 * @returns the names of the migrations that were applied
 * @throws {DatabaseInUseError} when another process has it open, {NotKeptError}, or {MigrationError}
 */
export async function upgradeFile(
  path: string,
  { backupTo, onKept, ...options }: UpgradeOptions,
): Promise<readonly string[]> {
  const sqlite = openExclusively(path);
  if (sqlite === null) return [];
  try {
    const applied = appliedIn(sqlite);
    const newest = applied?.at(-1);
    if (applied === null || newest === undefined) return [];
    const { pending } = planOf(applied, MIGRATION_NAMES, options);
    if (pending.length === 0) return [];
    if (backupTo !== null) await keep(sqlite, path, backupTo(newest), onKept);
    return await change(sqlite, options);
  } finally {
    sqlite.close();
  }
}

async function keep(
  sqlite: DatabaseSync,
  path: string,
  copy: string,
  onKept: (copy: string) => void,
): Promise<void> {
  const { bavail, bsize } = statfsSync(dirname(copy));
  const needed = statSync(path).size + LEFT_FREE_BYTES;
  if (bavail * bsize < needed) {
    throw new NotKeptError(`the disk has ${bavail * bsize} bytes free, and ${needed} are needed`);
  }
  try {
    makeNewFile(copy);
  } catch (cause) {
    throw new NotKeptError((cause as Error).message, { cause });
  }
  try {
    await backupHeld(sqlite, copy);
  } catch (cause) {
    rmSync(copy, { force: true });
    throw new NotKeptError((cause as Error).message, { cause });
  }
  onKept(copy);
}

function change(sqlite: DatabaseSync, options: MigrateOptions): Promise<string[]> {
  sqlite.exec('pragma synchronous = full');
  sqlite.exec('pragma foreign_keys = on');
  sqlite.exec('pragma trusted_schema = off');
  sqlite.exec('pragma secure_delete = fast');
  return migrateSqlite({ sqlite, db: kyselyOn(sqlite) }, BUSY_DEADLINE_MS, options);
}
