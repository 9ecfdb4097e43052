import { createSecretKey, type KeyObject } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { RandomBytes } from '../domain/ports.ts';
import { Secret } from '../domain/secret.ts';
import { keyId } from './key-id.ts';

/** The key under which every other key of the installation is wrapped. `id` is public. */
export interface MasterKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Something is wrong with the master key. The message is for the operator: what, where, and what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

const KEY_LENGTH = 32;
const EXAMPLE = 'Make one with: openssl rand -base64 32';
const OTHERS_MAY_READ_OR_WRITE = 0o006;

/**
 * Reads 32 bytes written as base64 or base64url, with or without padding; white space around them is ignored.
 *
 * @param whence where the text came from, for the error message: `KANDA_MASTER_KEY`, a path
 * @throws {MasterKeyError} for anything else; the message does not repeat the text
 */
export function parseMasterKey(base64: Secret<string>, whence: string): MasterKey {
  const text = base64.reveal().trim();
  if (text === '') throw new MasterKeyError(`${whence} is empty; it must hold a master key. ${EXAMPLE}`);

  const bytes = Buffer.from(text, 'base64');
  try {
    // Node skips what it does not understand; only text that comes back the same was understood.
    const canonical = text
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    if (bytes.toString('base64url') !== canonical) {
      throw new MasterKeyError(`${whence} is not base64, so it is no master key. ${EXAMPLE}`);
    }
    if (bytes.length !== KEY_LENGTH) {
      throw new MasterKeyError(
        `${whence} holds ${bytes.length} bytes of base64; a master key has ${KEY_LENGTH}. ${EXAMPLE}`,
      );
    }
    const key = createSecretKey(bytes);
    return { id: keyId(key, 'master key'), key };
  } finally {
    bytes.fill(0);
  }
}

/**
 * Reads a master key file. Its group may be able to read it, which is how orchestrators hand over secrets;
 * anybody else may not.
 *
 * @throws {MasterKeyError} when it cannot be read, holds no master key, or is open to everybody
 */
export function readMasterKeyFile(path: string): MasterKey {
  const masterKey = readIfThere(path);
  if (masterKey === null) {
    throw new MasterKeyError(`There is no master key file at ${path}. Restore it from a backup.`);
  }
  return masterKey;
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
): { masterKey: MasterKey; created: boolean } {
  const existing = readIfThere(path);
  if (existing !== null) return { masterKey: existing, created: false };

  let created: boolean;
  try {
    created = createFile(path, newMasterKeyText(randomBytes), Buffer.from(randomBytes(6)).toString('hex'));
  } catch (cause) {
    throw new MasterKeyError(
      `The master key could not be written to ${path} (${reasonOf(cause)}). ` +
        `Make the directory writable, or set KANDA_MASTER_KEY. ${EXAMPLE}`,
      { cause },
    );
  }
  return { masterKey: readMasterKeyFile(path), created };
}

function readIfThere(path: string): MasterKey | null {
  let text: Secret<string>;
  try {
    const file = openSync(path, 'r');
    try {
      assertPrivate(path, fstatSync(file).mode);
      text = new Secret(readFileSync(file, 'utf8'));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof MasterKeyError) throw cause;
    if (errorCode(cause) === 'ENOENT') return null;
    throw new MasterKeyError(`The master key file ${path} cannot be read (${reasonOf(cause)}).`, { cause });
  }
  return parseMasterKey(text, path);
}

function assertPrivate(path: string, mode: number): void {
  // Windows has no such bits: Node reports every file as open to everybody.
  if (process.platform === 'win32' || (mode & OTHERS_MAY_READ_OR_WRITE) === 0) return;
  throw new MasterKeyError(
    `Every user of this machine can read or change the master key file ${path}. Close it with: chmod 600 '${path}'`,
  );
}

function newMasterKeyText(randomBytes: RandomBytes): Secret<string> {
  const bytes = Buffer.from(randomBytes(KEY_LENGTH));
  const text = new Secret(`${bytes.toString('base64')}\n`);
  bytes.fill(0);
  return text;
}

/**
 * Writes the whole file under another name and links it into place: nobody can ever see half a key, and of
 * several processes only one link succeeds (rename would let the last one win, over a key already in use).
 */
function createFile(path: string, text: Secret<string>, suffix: string): boolean {
  const draft = `${path}.${suffix}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, text.reveal());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return linkUnlessTaken(draft, path);
  } finally {
    unlinkSync(draft);
    syncDirectory(dirname(path));
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

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
