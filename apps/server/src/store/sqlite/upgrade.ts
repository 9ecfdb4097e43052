import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
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
  /** Hears of the copy once it is checked, before the tables are changed. Until they are, it has another name. */
  readonly onCopied?: (unfinished: string) => void;
  /** Hears of the copy when the tables are changed. */
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
  { backupTo, onCopied, onKept, ...options }: UpgradeOptions,
): Promise<readonly string[]> {
  const sqlite = openExclusively(path);
  if (sqlite === null) return [];
  try {
    const applied = appliedIn(sqlite);
    const newest = applied?.at(-1);
    if (applied === null || newest === undefined) return [];
    const { pending } = planOf(applied, MIGRATION_NAMES, options);
    if (pending.length === 0) return [];
    if (backupTo === null) return await change(sqlite, options);
    const copy = backupTo(newest);
    if (existsSync(copy)) throw new NotKeptError(`${copy} is there already`);
    const unfinished = `${path}.before-upgrade-from-${newest.slice(0, 4)}.unfinished`;
    await copyTo(sqlite, path, unfinished);
    onCopied?.(unfinished);
    const made = await change(sqlite, options);
    renameSync(unfinished, copy);
    syncFolder(dirname(copy));
    onKept(copy);
    return made;
  } finally {
    sqlite.close();
  }
}

/**
 * Copies the store as it is. A copy of an upgrade that was undone, or whose process was killed, is no more than the store
 * itself: it is replaced, so that a supervisor that tries again and again does not fill the disk.
 */
async function copyTo(sqlite: DatabaseSync, path: string, copy: string): Promise<void> {
  remove(copy);
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
    remove(copy);
    throw new NotKeptError((cause as Error).message, { cause });
  }
}

function remove(copy: string): void {
  // A process that was killed while it copied leaves a journal beside it, which another copy must not get.
  for (const name of [`${copy}-journal`, copy]) rmSync(name, { force: true });
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function change(sqlite: DatabaseSync, options: MigrateOptions): Promise<string[]> {
  sqlite.exec('pragma synchronous = full');
  sqlite.exec('pragma foreign_keys = on');
  sqlite.exec('pragma trusted_schema = off');
  sqlite.exec('pragma secure_delete = fast');
  return migrateSqlite({ sqlite, db: kyselyOn(sqlite) }, BUSY_DEADLINE_MS, options);
}
