import { readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './when-free.ts';

/** Another process has the database open. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
}

/** While it is held no other process can read or write the database. */
export interface Hold {
  /** The file is no database that SQLite can open; its log, if there is one, still stands beside it. */
  readonly damaged: boolean;
  release(): void;
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** Long enough for a command that is about to end, such as `kanda account list`. */
const WAIT_MS = 1_000;
/** SQLite locks bytes from here on (its file format, §1.3: the lock-byte page). */
const FIRST_LOCKED_BYTE = 0x40000000;

/**
 * Takes the whole database, which nobody else may have open, and empties its write-ahead log into it, so
 * that the file is complete by itself. The file must exist.
 *
 * A connection in WAL mode keeps a shared lock for as long as it is open, also when it is idle. Leaving WAL
 * mode needs the exclusive one, and in `locking_mode = exclusive` it is then kept. These are POSIX locks: while
 * they are held this process must not open and close the file by other means, or they are gone.
 *
 * @throws {DatabaseInUseError} when another process has it open
 */
export function takeExclusively(path: string): Hold {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec(`pragma busy_timeout = ${WAIT_MS}`);
    sqlite.exec('pragma locking_mode = exclusive');
    const { journal_mode: mode } = sqlite.prepare('pragma journal_mode = delete').get() as {
      journal_mode: string;
    };
    if (mode !== 'delete') throw new DatabaseInUseError(`${path} is in use`);
    sqlite.exec('begin exclusive; commit');
    return { damaged: false, release: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    if (isBusy(error)) throw new DatabaseInUseError(`${path} is in use`, { cause: error });
    const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw error;
    if (isLocked(path)) throw new DatabaseInUseError(`${path} is in use`, { cause: error });
    return { damaged: true, release: () => {} };
  }
}

/** Whether a process holds one of SQLite's locks on a file that SQLite cannot open. Linux alone can tell. */
function isLocked(path: string): boolean {
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
