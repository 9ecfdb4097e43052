import {
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StorePlace } from '../../compose/store-place.ts';
import type { Hold } from '../../store/sqlite/exclusive.ts';
import { shellWord } from '../lib/shell-word.ts';

/** Where a backup that is to be restored comes from. */
export interface BackupSource {
  /** In words that can begin a sentence. */
  readonly shown: string;
  /** Copies it into a draft, an empty file that is this command's own. `hold`: on the store that is there. */
  copyInto(draft: string, hold: Hold | null): Promise<void>;
}

const NAME_ONE = 'Name a backup that `kanda backup` made.';
const CHUNK = 1024 * 1024;
const INTO_DRAFT = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;
/** A pipe must not hold the command up before it is known to be none. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file, or with `-` standard input. @throws for the operator, where there is none, or it is the store itself */
export function backupSource(file: string, place: StorePlace): BackupSource {
  if (file === '-') return standardInput();
  const source = resolve(file);
  assertSource(source, place);
  return {
    shown: source,
    async copyInto(draft) {
      reading(source, () => copy(source, draft, INTO_DRAFT));
      // With the write-ahead log, when a live store was copied by hand: SQLite then puts the two together.
      const log = `${source}-wal`;
      if (lstatSync(log, { throwIfNoEntry: false }) === undefined) return;
      reading(source, () => copy(log, `${draft}-wal`, 'wx'));
    },
  };
}

/** The store as it is, with what its write-ahead log had. */
export function storeItself({ database }: StorePlace): BackupSource {
  return {
    shown: database,
    async copyInto(draft, hold) {
      if (hold === null) throw new Error('it is not held');
      // Only the connection that holds it may read it.
      await hold.copyTo(draft);
    },
  };
}

/** So a service's user can restore what only root may read. */
function standardInput(): BackupSource {
  if (process.stdin.isTTY) {
    throw new Error('A backup is nothing to type. Send it on: kanda restore - < kanda.db');
  }
  return {
    shown: 'The backup on standard input',
    async copyInto(draft) {
      await pipeline(process.stdin, createWriteStream(draft, { fd: openSync(draft, INTO_DRAFT) }));
    },
  };
}

function assertSource(source: string, place: StorePlace): void {
  const file = reading(source, () => lstatSync(source, { throwIfNoEntry: false }));
  if (file === undefined) throw new Error(`There is no file ${source}. ${NAME_ONE}`);
  if (file.isSymbolicLink()) throw new Error(`${source} is a link. Name the file that it leads to.`);
  if (!file.isFile()) throw new Error(`${source} is not a file. ${NAME_ONE}`);
  const own = statSync(place.database, { throwIfNoEntry: false });
  if (own !== undefined && own.dev === file.dev && own.ino === file.ino) {
    throw new Error(`${source} is the store itself. ${NAME_ONE}`);
  }
}

/** By descriptors, so that a link at either name leads nowhere. The copy is readable for this user alone. */
function copy(from: string, to: string, flags: number | 'wx'): void {
  const source = openSync(from, READ);
  try {
    if (!fstatSync(source).isFile()) throw new Error(`${from} is not a file`);
    const target = openSync(to, flags, 0o600);
    try {
      const chunk = Buffer.allocUnsafe(CHUNK);
      for (let read = readSync(source, chunk); read > 0; read = readSync(source, chunk)) {
        writeFileSync(target, chunk.subarray(0, read));
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** Backups are often root's, and restores the service user's. */
function reading<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new Error('it is, or has beside it, a link in place of a file', { cause });
    if (code !== 'EACCES') throw cause;
    throw new Error(
      `this user may not read ${source}. Hand it over on standard input: sudo cat ${shellWord(source)} | sudo -u '#${process.getuid?.()}' kanda restore - …`,
      { cause },
    );
  }
}
