import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { isDamage, StoreFileError } from './examine.ts';
import { isBusy } from './when-free.ts';

/** Another process has the database open. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
}

/** While it is held no other process can read or write the database. */
export interface Hold {
  /** Copies it into an empty file. @throws when the file is no database any more, and so is not held */
  copyTo(path: string): Promise<void>;
  release(): void;
}

const MAGIC = Buffer.from('SQLite format 3\0');
/** Long enough for a command that is about to end, such as `kanda account list`. */
const WAIT_MS = 1_000;
/** SQLite locks bytes from here on (its file format, §1.4: the lock-byte page). */
const FIRST_LOCKED_BYTE = 0x40000000;

/**
 * Takes the whole database, which no other process may have open, and empties its write-ahead log into it, so
 * that the file is complete by itself. The file must exist. One that is no database any more is left as it
 * is, with its log beside it, and is not held: no server can start on it.
 *
 * A connection in WAL mode keeps a shared lock for as long as it is open, also when it is idle, and leaving
 * WAL mode needs the exclusive one. These are POSIX locks: while they are held this process must not open and
 * close the file by other means, or they are gone. A server that opens the file meanwhile waits; when another
 * file has taken its place by then, SQLite refuses it the old one (SQLITE_READONLY_DBMOVED).
 *
 * @throws {DatabaseInUseError} when another process has it open
 */
export function takeExclusively(path: string): Hold {
  const sqlite = openExclusively(path);
  return {
    async copyTo(copy) {
      if (sqlite === null) throw new StoreFileError('it is damaged, or no store at all');
      await backup(sqlite, copy);
    },
    release: () => sqlite?.close(),
  };
}

/**
 * Likewise, the connection that holds it, which is in no transaction: closing it lets go. null: the file is no database
 * any more.
 */
export function openExclusively(path: string): DatabaseSync | null {
  // SQLite would do away with the log of a file that it does not know as its own.
  if (!isDatabase(path)) return leaveAlone(path);
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec(`pragma busy_timeout = ${WAIT_MS}`);
    sqlite.exec('pragma journal_mode = delete');
    // What is locked once stays so after the transaction.
    sqlite.exec('pragma locking_mode = exclusive');
    sqlite.exec('begin exclusive; commit');
    // Another process came in between the two, and an exclusive transaction in WAL mode lets readers in.
    const row = sqlite.prepare('pragma journal_mode').get() as { journal_mode: string };
    if (row.journal_mode !== 'delete') throw new DatabaseInUseError(`${path} is in use`);
    return sqlite;
  } catch (error) {
    sqlite.close();
    if (isBusy(error)) throw new DatabaseInUseError(`${path} is in use`, { cause: error });
    if (!isDamage(error)) throw error;
    return leaveAlone(path);
  }
}

function leaveAlone(path: string): null {
  if (isLocked(path)) throw new DatabaseInUseError(`${path} is in use`);
  return null;
}

/** Whether it begins as every SQLite file does (its file format, §1.3); an empty file is an empty database. */
function isDatabase(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(MAGIC.length);
    const length = readSync(file, magic, 0, MAGIC.length, 0);
    return length === 0 || magic.equals(MAGIC);
  } finally {
    closeSync(file);
  }
}

/**
 * Whether a process holds one of SQLite's locks on a file, as each does that has it open, at work or not. It is not
 * touched. Linux alone can tell.
 */
export function isLocked(path: string): boolean {
  let locks: string;
  try {
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return false;
  }
  const { ino } = statSync(path);
  // "1: POSIX  ADVISORY  READ 4711 fd:00:131 1073741826 1073742335": the inode, then the bytes.
  return locks
    .split('\n')
    .map((line) => / [0-9a-f]+:[0-9a-f]+:(\d+) (\d+) /.exec(line))
    .some((lock) => Number(lock?.[1]) === ino && Number(lock?.[2]) >= FIRST_LOCKED_BYTE);
}
