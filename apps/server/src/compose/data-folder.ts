import { accessSync, constants, existsSync, lstatSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDamage } from '../store/sqlite/examine.ts';
import { commandAs, refuseRoot } from './foreign-folder.ts';

/** Why nothing can be written, when it is the disk and not the file or the user's rights. */
export type DiskFault = 'read-only' | 'full';

interface Words {
  readonly found: string;
  readonly remedy: string;
}

/** A disk's fault in words: what it is, and what to do. */
export const DISK_FAULTS: Readonly<Record<DiskFault, Words>> = {
  'read-only': {
    found: 'its file system is read-only',
    remedy: 'Mount it writable, or name a folder on another one.',
  },
  full: { found: 'the disk is full', remedy: 'Make room on it, or name a folder on another one.' },
};

const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
/** Less than this and SQLite cannot even make the index of its write-ahead log. */
const MIN_BYTES = 64 * 1024;

/** What is wrong with the disk of this folder, where an error of the system or of SQLite comes from that; else null. */
export function diskFault(error: unknown, folder: string): DiskFault | null {
  const { code, errcode = 0 } = error as NodeJS.ErrnoException & { errcode?: number };
  if (code === 'EROFS') return 'read-only';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  switch (errcode & 0xff) {
    case SQLITE_FULL:
      return 'full';
    // SQLite says only that a file could not be opened, or not be made larger.
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (isReadOnly(folder)) return 'read-only';
      return isFull(folder) ? 'full' : null;
    default:
      return null;
  }
}

/** Why a folder cannot be made, by the code of the system's error. */
const REASONS: Readonly<Record<string, (folder: string) => string>> = {
  EEXIST: (folder) => {
    const inTheWay = firstMissing(folder);
    return isLink(inTheWay) ? `${inTheWay} is a link that leads nowhere` : 'a file is in its place';
  },
  ENOTDIR: () => 'a part of its path is a file',
  EACCES: () => 'this user may not make it',
  EPERM: () => 'this user may not make it',
};

/** Makes the data directory, with all above it. @throws for the operator: why it cannot be made, and what to do */
export function makeDataDir(dataDir: string): void {
  // Commands that may make none in a folder of another user were refused with their settings.
  refuseRoot(dataDir, true);
  try {
    makeMissing(dataDir);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const fault = diskFault(cause, dataDir);
    const reason =
      fault === null
        ? (REASONS[code]?.(dataDir) ?? `it cannot be made: ${message}`)
        : `it cannot be made: ${DISK_FAULTS[fault].found}`;
    const remedy = fault === null ? 'Name a folder that this user may write to.' : DISK_FAULTS[fault].remedy;
    throw new Error(
      `KANDA_DATA_DIR (--data-dir) is ${dataDir}, and ${reason}. ${remedy} Example: KANDA_DATA_DIR=/var/lib/kanda`,
      { cause },
    );
  }
  // Another user may have made it in between.
  refuseRoot(dataDir);
}

/** Errors of the system and of SQLite name neither the file nor a remedy; ours name both. */
export function unusableStore(error: unknown, path: string): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!/^E[A-Z]+$|^ERR_SQLITE/.test(code)) return error;
  const { found, remedy } = whatIsWrong(error, path) ?? {
    found: message,
    remedy: 'Make it readable and writable for this user, or name another folder.',
  };
  return new Error(
    `${path} cannot be opened as Kanda's database: ${found}. ${remedy} Example: KANDA_DATA_DIR=/var/lib/kanda`,
    { cause: error },
  );
}

function whatIsWrong(error: unknown, path: string): Words | null {
  const fault = diskFault(error, dirname(path));
  if (fault !== null) return DISK_FAULTS[fault];
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const user = process.getuid?.();
  if (owner !== undefined && user !== undefined && user !== 0 && owner !== user) {
    return {
      found: `it belongs to user ${owner}, and this is user ${user}`,
      remedy: `Give it to the user that the server runs as: chown ${user} '${path}'*, or run this as its owner: sudo -u '#${owner}' kanda …`,
    };
  }
  if (!isDamage(error)) return null;
  const remedy = 'Put it back from a backup (kanda restore --force <backup>), or name another folder.';
  return { found: (error as Error).message, remedy };
}

/**
 * Refuses to make files in a folder that is another user's: they would be closed to the server. A folder of root's may be
 * a volume, which its group may write to. Root is `refuseRoot`'s. @throws for the operator, before anything is written
 */
export function assertNotForeign(dataDir: string): void {
  const user = process.getuid?.();
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (user === undefined || user === 0 || folder === undefined) return;
  if (folder.uid === user || folder.uid === 0) return;
  throw new Error(
    `${dataDir} belongs to user ${folder.uid}, and this is user ${user}: the server could not use what this command would write. ` +
      `Run it as that user: ${commandAs(folder.uid, dataDir)}`,
  );
}

/** Node's recursive mkdir says ENOENT where the system said that the file system is read-only: so it is asked itself. */
function makeMissing(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(firstMissing(path), { mode: 0o700 });
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
}

/** The uppermost part of this path that is not there. */
function firstMissing(path: string): string {
  const parent = dirname(path);
  return parent === path || existsSync(parent) ? path : firstMissing(parent);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

function isFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < MIN_BYTES;
}
