import type { RandomBytes } from '../domain/randomness.ts';
import { openBytes, SEAL_NONCE_LENGTH, sealBytes } from './aead.ts';
import { type MasterKey, MasterKeyError, type MasterKeys } from './master-key.ts';

/** A key encrypted under the master key that it names. */
export interface Wrapped {
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

/** The master keys as they are now, or null when they are as they were at the last look. Synchronous. */
export type LookAgain = () => MasterKeys | null;

const REMEDY =
  'Restore master.key from your backup, or set KANDA_MASTER_KEY to that key. After a rotation both keys may be ' +
  'needed: one on each line of the file, or with a comma between them in the variable, the new one first.';

/** The master keys that this process was given: wraps with the current one, unwraps with any. */
export class Keyring {
  readonly #current: MasterKey;
  readonly #byId: Map<string, MasterKey>;
  readonly #randomBytes: RandomBytes;
  readonly #lookAgain: LookAgain;

  /**
   * @param older keys that still open what was wrapped before a rotation
   * @param lookAgain asked when a key is needed that is not there: a rotation may have made it since the start
   */
  constructor(
    current: MasterKey,
    older: readonly MasterKey[],
    randomBytes: RandomBytes,
    lookAgain: LookAgain = () => null,
  ) {
    this.#current = current;
    this.#byId = new Map([...older, current].map((masterKey) => [masterKey.id, masterKey]));
    this.#randomBytes = randomBytes;
    this.#lookAgain = lookAgain;
  }

  /** The id of the key that {@link wrap} uses. */
  get currentId(): string {
    return this.#current.id;
  }

  /**
   * Encrypts `plaintext` under the current master key, or the one with the id `masterKeyId`. It unwraps only
   * for the same `purpose`.
   *
   * @throws {MasterKeyError} when this keyring lacks that key
   */
  wrap(purpose: string, plaintext: Uint8Array, masterKeyId: string = this.#current.id): Wrapped {
    const { id, key } = this.#keyOf(masterKeyId);
    const nonce = this.#randomBytes(SEAL_NONCE_LENGTH);
    return { masterKeyId: id, wrapped: sealBytes(key, nonce, boundTo(purpose, id), plaintext) };
  }

  /**
   * What was wrapped for `purpose`.
   *
   * @throws {MasterKeyError} when this keyring lacks the key, or the key does not open it
   */
  unwrap(purpose: string, { masterKeyId, wrapped }: Wrapped): Uint8Array {
    const masterKey = this.#keyOf(masterKeyId);
    const plaintext = openBytes(masterKey.key, boundTo(purpose, masterKeyId), wrapped);
    if (plaintext === null) {
      throw new MasterKeyError(
        `This is the wrong master key for this store, or the store was altered: master key ${masterKeyId} ` +
          `does not open what the store keeps as "${purpose}". ${REMEDY}`,
      );
    }
    return plaintext;
  }

  /**
   * That the master keys with these ids are all here.
   *
   * @throws {MasterKeyError} when one is missing; it names those that are
   */
  assertHas(masterKeyIds: readonly string[]): void {
    const missing = masterKeyIds.filter((id) => this.#find(id) === undefined);
    if (missing.length === 0) return;
    if (missing.length === masterKeyIds.length) throw this.#wrongKey(missing);
    throw new MasterKeyError(
      `Master key ${missing.join(', ')} is missing: a part of this store was encrypted under it, and Kanda ` +
        `was given ${this.#given()}. ${REMEDY}`,
    );
  }

  #keyOf(id: string): MasterKey {
    const masterKey = this.#find(id);
    if (masterKey === undefined) throw this.#wrongKey([id]);
    return masterKey;
  }

  #find(id: string): MasterKey | undefined {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    // Those it had are kept: a key that is removed by mistake stops the next start, not the running server.
    for (const masterKey of this.#lookAgain() ?? []) this.#byId.set(masterKey.id, masterKey);
    return this.#byId.get(id);
  }

  #wrongKey(needed: readonly string[]): MasterKeyError {
    return new MasterKeyError(
      `This is the wrong master key for this store: the store was encrypted under master key ${needed.join(', ')}, ` +
        `and Kanda was given ${this.#given()}. ${REMEDY}`,
    );
  }

  #given(): string {
    return [...this.#byId.keys()].join(', ');
  }
}

function boundTo(purpose: string, masterKeyId: string): readonly string[] {
  return ['wrapped key', purpose, masterKeyId];
}
