import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';
import type { LookAgain } from './keyring.ts';
import {
  createMasterKey,
  MAKE_ONE,
  MasterKeyError,
  type MasterKeys,
  parseMasterKeys,
  writeMasterKeys,
} from './master-key.ts';

const OTHERS_MAY_READ_OR_WRITE = 0o006n;
const PERMISSIONS = 0o777;

interface Read {
  readonly masterKeys: MasterKeys;
  /** Changes whenever the file is another one or was written to. */
  readonly version: string;
}

/**
 * Reads a master key file: one key or several, one on each line, the current one first. Its group may be able
 * to read it, which is how orchestrators hand over secrets; anybody else may not.
 *
 * @throws {MasterKeyError} when it cannot be read, holds no master key, or is open to everybody
 */
export function readMasterKeyFile(path: string): MasterKeys {
  const read = readIfThere(path);
  if (read === null) {
    throw new MasterKeyError(`There is no master key file at ${path}. Restore it from a backup.`);
  }
  return read.masterKeys;
}

/**
 * Reads the file again when it was changed since the last look, and costs one system call when it was not. A
 * change that makes it unreadable is thrown, at each look, until it is repaired.
 *
 * @throws {MasterKeyError} as {@link readMasterKeyFile}
 */
export function watchMasterKeyFile(path: string): LookAgain {
  let known: string | null = null;
  return () => {
    if (known !== null && known === versionAt(path)) return null;
    const read = readIfThere(path);
    // A file that is gone takes no key away.
    if (read === null) return null;
    known = read.version;
    return read.masterKeys;
  };
}

/**
 * Reads the master key file, after making it when there is none. Processes that start at the same time all
 * get the same key, and the file is durable before anything can be encrypted under it.
 *
 * @returns `created` is true for the one process that made the file: tell the operator to back it up
 * @throws {MasterKeyError} as {@link readMasterKeyFile}, or when the file cannot be made
 */
export function readOrCreateMasterKeyFile(
  path: string,
  randomBytes: RandomBytes,
): { masterKeys: MasterKeys; created: boolean } {
  const existing = readIfThere(path);
  if (existing !== null) return { masterKeys: existing.masterKeys, created: false };

  let created: boolean;
  try {
    const text = writeMasterKeys([createMasterKey(randomBytes)]);
    created = createFile(path, text, Buffer.from(randomBytes(6)).toString('hex'));
  } catch (cause) {
    throw new MasterKeyError(
      `The master key could not be written to ${path} (${reasonOf(cause)}). ${wayToWrite(cause)}`,
      { cause },
    );
  }
  return { masterKeys: readMasterKeyFile(path), created };
}

/**
 * Puts these keys in the place of the file's, in one step: a reader sees the ones or the others, also
 * after a power cut. Owner and mode stay. Only one process may do this at a time.
 *
 * @throws {MasterKeyError} when the file cannot be replaced; then it is as it was
 */
export function replaceMasterKeyFile(path: string, masterKeys: MasterKeys): void {
  let target: string;
  try {
    // Of a link the target is replaced, so that it stays where it leads to.
    target = realpathSync(path);
    const before = statSync(target);
    if (!before.isFile()) throw new Error('it is not a file');
    // A fixed name: what an interrupted rotation left is overwritten by the next one.
    const draft = `${target}.draft`;
    rmSync(draft, { force: true });
    try {
      writeDurably(draft, writeMasterKeys(masterKeys), before);
      renameSync(draft, target);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  } catch (cause) {
    throw new MasterKeyError(`${path} cannot be replaced (${reasonOf(cause)}), and is as it was.`, { cause });
  }
  syncDirectory(dirname(target));
}

function readIfThere(path: string): Read | null {
  let text: Secret<string>;
  let version: string;
  try {
    const file = openSync(path, 'r');
    try {
      const stats = fstatSync(file, { bigint: true });
      assertPrivate(path, stats);
      version = versionOf(stats);
      text = new Secret(readFileSync(file, 'utf8'));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof MasterKeyError) throw cause;
    if (errorCode(cause) === 'ENOENT') return null;
    throw new MasterKeyError(
      `The master key file ${path} cannot be read (${reasonOf(cause)}).${wayToRead(cause)}`,
      { cause },
    );
  }
  return { masterKeys: parseMasterKeys(text, path), version };
}

function versionAt(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : versionOf(stats);
}

function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function assertPrivate(path: string, { mode }: BigIntStats): void {
  // Windows has no such bits: Node reports every file as open to everybody.
  if (process.platform === 'win32' || (mode & OTHERS_MAY_READ_OR_WRITE) === 0n) return;
  throw new MasterKeyError(
    `Every user of this machine can read or change the master key file ${path}. Close it with: chmod 600 '${path}'`,
  );
}

/**
 * Writes the whole file under another name and links it into place: half a key is never visible, and of several
 * processes only one succeeds (with rename the last one would win, over a key already in use).
 */
function createFile(path: string, text: Secret<string>, suffix: string): boolean {
  const draft = `${path}.${suffix}`;
  try {
    writeDurably(draft, text, null);
    return linkUnlessTaken(draft, path);
  } finally {
    rmSync(draft, { force: true });
    syncDirectory(dirname(path));
  }
}

/** Makes the file; with the owner and mode of another one, or readable by this user alone. */
function writeDurably(
  path: string,
  text: Secret<string>,
  like: { readonly uid: number; readonly gid: number; readonly mode: number } | null,
): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    if (like !== null && process.platform !== 'win32') {
      const { uid, gid } = fstatSync(file);
      if (uid !== like.uid || gid !== like.gid) fchownSync(file, like.uid, like.gid);
      fchmodSync(file, like.mode & PERMISSIONS);
    }
    writeFileSync(file, text.reveal());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function linkUnlessTaken(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The name is durable only with its directory. Windows cannot sync one. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function wayToWrite(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full: make room on it.';
    case 'EROFS':
      return `Its file system is read-only: mount it writable, or set KANDA_MASTER_KEY. ${MAKE_ONE}`;
    default:
      return `Make the directory writable, or set KANDA_MASTER_KEY. ${MAKE_ONE}`;
  }
}

function wayToRead(error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return ' Run this as the user who owns it.';
    case 'EISDIR':
      return ' It is a folder: name the file in it.';
    default:
      return '';
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
