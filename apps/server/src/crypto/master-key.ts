import { createSecretKey, type KeyObject } from 'node:crypto';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';
import { keyId } from './key-id.ts';

/** The key under which every other key of the installation is wrapped. `id` is public. */
export interface MasterKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The master keys at hand. The first is the current one; the others only open what an earlier rotation left. */
export type MasterKeys = readonly [current: MasterKey, ...older: MasterKey[]];

/** Something is wrong with the master key. The message is for the operator: what, where, and what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

/** The end of a message about a key that is none. */
export const MAKE_ONE = 'Make one with: openssl rand -base64 32';
const KEY_LENGTH = 32;
const BETWEEN_KEYS = /[\s,]+/;

/**
 * Reads 32 bytes written as base64 or base64url, with or without padding; white space around them is ignored.
 *
 * @param whence where the text came from, for the error message: `KANDA_MASTER_KEY`, a path
 * @throws {MasterKeyError} for anything else; the message does not repeat the text
 */
export function parseMasterKey(base64: Secret<string>, whence: string): MasterKey {
  const text = base64.reveal().trim();
  if (text === '') throw new MasterKeyError(`${whence} is empty; it must hold a master key. ${MAKE_ONE}`);

  const bytes = Buffer.from(text, 'base64');
  try {
    // Node skips what it does not understand; only text that comes back the same was understood.
    const canonical = text
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    if (bytes.toString('base64url') !== canonical) {
      throw new MasterKeyError(`${whence} is not base64, so it is no master key. ${MAKE_ONE}`);
    }
    if (bytes.length !== KEY_LENGTH) {
      throw new MasterKeyError(
        `${whence} holds ${bytes.length} bytes of base64; a master key has ${KEY_LENGTH}. ${MAKE_ONE}`,
      );
    }
    const key = createSecretKey(bytes);
    return { id: keyId(key, 'master key'), key };
  } finally {
    bytes.fill(0);
  }
}

/**
 * Reads one master key or several, with line ends, spaces or commas between them. The first is the current one.
 *
 * @param whence as in {@link parseMasterKey}
 * @throws {MasterKeyError} when one of them is none
 */
export function parseMasterKeys(text: Secret<string>, whence: string): MasterKeys {
  const texts = text
    .reveal()
    .split(BETWEEN_KEYS)
    .filter((part) => part !== '');
  const whichOf = (number: number) => (texts.length > 1 ? `Key ${number} of ${whence}` : whence);
  const [current, ...older] = texts.map((part, index) =>
    parseMasterKey(new Secret(part), whichOf(index + 1)),
  );
  if (current === undefined) return [parseMasterKey(text, whence)];
  const others = new Map(older.map((masterKey) => [masterKey.id, masterKey]));
  others.delete(current.id);
  return [current, ...others.values()];
}

/** The keys as {@link parseMasterKeys} reads them, one on each line. */
export function writeMasterKeys(masterKeys: MasterKeys): Secret<string> {
  const lines = masterKeys.map(({ key }) => {
    const bytes = key.export();
    const line = `${bytes.toString('base64')}\n`;
    bytes.fill(0);
    return line;
  });
  return new Secret(lines.join(''));
}

/** A new one. */
export function createMasterKey(randomBytes: RandomBytes): MasterKey {
  const bytes = randomBytes(KEY_LENGTH);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return { id: keyId(key, 'master key'), key };
}
