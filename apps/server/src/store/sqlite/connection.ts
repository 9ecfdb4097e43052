import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { Schema } from '../schema.ts';
import { allRows } from './large-numbers.ts';
import { whenFree } from './when-free.ts';

/** Of commands that write a lot; a server moves its log by checkpoints.ts. */
const WAL_AUTOCHECKPOINT_PAGES = 8_000;
const WRITER_CACHE_KIB = 16 * 1024;
const READER_CACHE_KIB = 4 * 1024;

/** One connection, both ways in: prepared statements for the hot path, Kysely for everything else. */
export interface Connection {
  readonly sqlite: DatabaseSync;
  readonly db: Kysely<Schema>;
}

/** The connection that writes. Durable by construction: what it commits has reached the disk. */
export async function openWriter(path: string, busyDeadlineMs: number): Promise<Connection> {
  const sqlite = new DatabaseSync(path);
  try {
    // SQLite's own wait would stop the event loop: callers that need a lock retry instead.
    sqlite.exec('pragma busy_timeout = 0');
    // Of two processes that make the file at once, one has to wait while the other turns it to WAL.
    await whenFree(() => {
      makeShrinkable(sqlite);
      sqlite.exec('pragma journal_mode = wal');
    }, busyDeadlineMs);
    // Commits are synced by GroupCommit, checkpoints by SQLite: nothing is answered that is not durable.
    sqlite.exec('pragma synchronous = normal');
    sqlite.exec('pragma foreign_keys = on');
    sqlite.exec('pragma trusted_schema = off');
    // What is deleted is overwritten where it stood. Pages that become free keep theirs until they are used
    // again: overwriting these too would be one more write for each, and secrets are there only sealed.
    sqlite.exec('pragma secure_delete = fast');
    sqlite.exec(`pragma cache_size = -${WRITER_CACHE_KIB}`);
    sqlite.exec(`pragma wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`);
    assertPragma(sqlite, 'journal_mode', 'wal');
    assertPragma(sqlite, 'synchronous', 1);
    assertVersion(sqlite);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return { sqlite, db: kyselyOn(sqlite) };
}

/**
 * Has a file that is made now give free pages back when it is asked to; of a file with tables only a whole `vacuum` can
 * do that. The file must not have a write-ahead log yet.
 */
function makeShrinkable(sqlite: DatabaseSync): void {
  const { page_count: pages } = sqlite.prepare('pragma page_count').get() as { page_count: number };
  // Of a file with tables the pragma would take the write lock, to set what is set already.
  if (pages === 0) sqlite.exec('pragma auto_vacuum = incremental');
}

/** Commits no longer move a log that has become large into the database file. */
export function moveNoLog(sqlite: DatabaseSync): void {
  sqlite.exec('pragma wal_autocheckpoint = 0');
}

/** A connection that only reads. It sees what is committed, never what is being written. */
export function openReader(path: string): Connection {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  sqlite.exec('pragma busy_timeout = 1000');
  sqlite.exec(`pragma cache_size = -${READER_CACHE_KIB}`);
  // SQLite's own `lower` knows only ASCII: a search would not find "Élodie", however it is written.
  sqlite.function('unicode_lower', { deterministic: true }, (text) => String(text).toLowerCase());
  return { sqlite, db: kyselyOn(sqlite) };
}

/**
 * Gives what numbers the states that a reader sees: a function whose answer grows when another connection, of whatever
 * process, has committed since it was last asked.
 */
export function newestState({ sqlite }: Connection): () => number {
  const dataVersion = sqlite.prepare('pragma data_version');
  dataVersion.setReturnArrays(true);
  let version = -1;
  let state = 0;
  return () => {
    const [current] = dataVersion.get() as unknown as readonly [number];
    // SQLite promises another number, not a higher one.
    if (current !== version) state++;
    version = current;
    return state;
  };
}

/** A connection that reads no rows. */
export function openWithoutCache(path: string, { readOnly }: { readonly readOnly: boolean }): DatabaseSync {
  const sqlite = new DatabaseSync(path, { readOnly });
  sqlite.exec('pragma busy_timeout = 0');
  sqlite.exec('pragma synchronous = normal');
  sqlite.exec('pragma cache_size = 0');
  return sqlite;
}

/**
 * How many frames of the write-ahead log SQLite knows of. The connection that writes cannot be asked within
 * its transaction. The pragma does nothing else: `noop` is known to every version that `openWriter` takes.
 */
export function framesOfLog({ sqlite }: Connection): number {
  const row = sqlite.prepare('pragma wal_checkpoint(noop)').get() as { log: number };
  return row.log;
}

/** SQLite before 3.51.3 could corrupt a write-ahead log that two processes reset at once. */
function assertVersion(sqlite: DatabaseSync): void {
  const { version } = sqlite.prepare('select sqlite_version() as version').get() as { version: string };
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major * 1e6 + minor * 1e3 + patch < 3_051_003) {
    throw new Error(`SQLite ${version} is too old: 3.51.3 or later is needed. Use a newer Node.js.`);
  }
}

function assertPragma(sqlite: DatabaseSync, name: string, expected: string | number): void {
  const row = sqlite.prepare(`pragma ${name}`).get() as Record<string, unknown> | undefined;
  if (row?.[name] !== expected) {
    throw new Error(
      `SQLite answered ${String(row?.[name])} for ${name} where Kanda needs ${expected}. ` +
        'Is the data directory on a file system without shared memory or locks, such as a network share?',
    );
  }
}

/** Kysely's own SQLite dialect speaks to better-sqlite3; this gives it node:sqlite in that shape. */
export function kyselyOn(sqlite: DatabaseSync): Kysely<Schema> {
  const prepared = new Map<string, ReturnType<typeof asKyselyHasIt>>();
  const database = {
    close: () => sqlite.close(),
    prepare(text: string) {
      let statement = prepared.get(text);
      if (statement === undefined) {
        statement = asKyselyHasIt(sqlite.prepare(text), text);
        // The statements are few, but one with a list of unbound length must not grow this for ever.
        if (prepared.size >= 500) prepared.clear();
        prepared.set(text, statement);
      }
      return statement;
    },
  };
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
}

function asKyselyHasIt(statement: StatementSync, text: string) {
  // What changes something and returns rows may not be run twice.
  const all = /^select\b/i.test(text) ? allRows : allOnce;
  return {
    // Asked once: the answer lists all columns each time.
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => all(statement, parameters as SQLInputValue[]),
    run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters: readonly unknown[]) =>
      statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  };
}

function allOnce(statement: StatementSync, parameters: readonly SQLInputValue[]) {
  return statement.all(...parameters);
}
