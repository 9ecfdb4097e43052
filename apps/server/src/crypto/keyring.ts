import type { RandomBytes } from '../domain/ports.ts';
import { openBytes, SEAL_NONCE_LENGTH, sealBytes } from './aead.ts';
import { type MasterKey, MasterKeyError } from './master-key.ts';

/** A key encrypted under the master key that it names. */
export interface Wrapped {
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
}

const REMEDY =
  'Restore master.key from your backup, or set KANDA_MASTER_KEY to the key that this store was made with.';

/** The master keys that this process was given: wraps with the current one, unwraps with any. */
export class Keyring {
  readonly #current: MasterKey;
  readonly #byId: ReadonlyMap<string, MasterKey>;
  readonly #randomBytes: RandomBytes;

  /** @param older keys that still open what was wrapped before a rotation */
  constructor(current: MasterKey, older: readonly MasterKey[], randomBytes: RandomBytes) {
    this.#current = current;
    this.#byId = new Map([...older, current].map((masterKey) => [masterKey.id, masterKey]));
    this.#randomBytes = randomBytes;
  }

  /** The id of the key that {@link wrap} uses. */
  get currentId(): string {
    return this.#current.id;
  }

  /** Encrypts `plaintext` under the current master key. It unwraps only for the same `purpose`. */
  wrap(purpose: string, plaintext: Uint8Array): Wrapped {
    const { id, key } = this.#current;
    const nonce = this.#randomBytes(SEAL_NONCE_LENGTH);
    return { masterKeyId: id, wrapped: sealBytes(key, nonce, boundTo(purpose, id), plaintext) };
  }

  /**
   * What was wrapped for `purpose`.
   *
   * @throws {MasterKeyError} when this keyring lacks the key, or the key does not open it
   */
  unwrap(purpose: string, { masterKeyId, wrapped }: Wrapped): Uint8Array {
    const masterKey = this.#byId.get(masterKeyId);
    if (masterKey === undefined) {
      throw new MasterKeyError(
        `This is the wrong master key for this store: the store was encrypted under master key ${masterKeyId}, ` +
          `and Kanda was given ${[...this.#byId.keys()].join(', ')}. ${REMEDY}`,
      );
    }
    const plaintext = openBytes(masterKey.key, boundTo(purpose, masterKeyId), wrapped);
    if (plaintext === null) {
      throw new MasterKeyError(
        `This is the wrong master key for this store, or the store was altered: master key ${masterKeyId} ` +
          `does not open what the store keeps as "${purpose}". ${REMEDY}`,
      );
    }
    return plaintext;
  }
}

function boundTo(purpose: string, masterKeyId: string): readonly string[] {
  return ['wrapped key', purpose, masterKeyId];
}
