import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { AnswerPlace, SealedPlace, SecretBox } from '../domain/clients/secret-box.ts';
import { secretUnreadable } from '../domain/errors.ts';
import type { AccountDataKey, WrappedDataKey } from '../domain/master-keys/wrapped-keys.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { DAY_MS } from '../domain/time.ts';
import { openBytes, SEAL_NONCE_LENGTH, type SealFormat, sealBytes } from './aead.ts';
import { keyId } from './key-id.ts';
import type { Keyring } from './keyring.ts';

/** What {@link SecretBox.seal} writes. */
const FORMAT: SealFormat = 2;
const DATA_KEY_LENGTH = 32;
const REMEMBERED_DATA_KEYS = 4096;

interface DataKey {
  /** Names the data key itself, whichever master key wraps it. */
  readonly id: string;
  readonly key: KeyObject;
  /** The key for answers of the day that was asked for last. */
  answers?: { readonly day: number; readonly key: KeyObject };
  /** Derived when it is first asked for. */
  fingerprints?: KeyObject;
}

/**
 * Seals shared secrets, each under its account's own data key, which the keyring wraps.
 *
 * A sealed secret is bound to its whole place, to how its codes are computed and to the data key's id, but not to the
 * master key: wrapping the data keys anew is all that a change of master key needs.
 *
 * Format 1 was not bound to algorithm, digits and period. Such secrets open as before, until a rotation seals anew.
 */
export function createSecretBox(keyring: Keyring, randomBytes: RandomBytes): SecretBox {
  const dataKeys = new DataKeys(keyring);
  return {
    createDataKey(accountPublicId, masterKeyId) {
      const bytes = randomBytes(DATA_KEY_LENGTH);
      const wrapped = keyring.wrap(purposeOf(accountPublicId), bytes, masterKeyId);
      bytes.fill(0);
      return wrapped;
    },

    seal(wrappedKey, place, secret) {
      const dataKey = dataKeys.of(wrappedKey);
      const boundTo = boundToPlace(wrappedKey.accountPublicId, dataKey.id, place, FORMAT);
      return sealBytes(dataKey.key, randomBytes(SEAL_NONCE_LENGTH), boundTo, secret, FORMAT);
    },

    fingerprint(wrappedKey, { algorithm, period }, secret) {
      const mac = createHmac('sha256', fingerprintKeyOf(dataKeys.of(wrappedKey)));
      return mac.update(`${algorithm} ${period} `).update(secret).digest();
    },

    open(wrappedKey, place, sealed) {
      const dataKey = dataKeys.of(wrappedKey);
      const format = sealed[0] === 1 ? 1 : FORMAT;
      const boundTo = boundToPlace(wrappedKey.accountPublicId, dataKey.id, place, format);
      const secret = openBytes(dataKey.key, boundTo, sealed, format);
      if (secret !== null) return secret;
      throw secretUnreadable(
        new Error(
          `the sealed secret of authenticator ${place.authenticatorId}, version ${place.secretVersion}, was ` +
            `altered, or was not sealed for account ${wrappedKey.accountPublicId} (${place.accountId}) and these parameters`,
        ),
      );
    },

    sealWebhookSecret(wrappedKey, webhookId, secret) {
      const dataKey = dataKeys.of(wrappedKey);
      const boundTo = ['webhook secret', wrappedKey.accountPublicId, webhookId, dataKey.id];
      return sealBytes(dataKey.key, randomBytes(SEAL_NONCE_LENGTH), boundTo, secret);
    },

    openWebhookSecret(wrappedKey, webhookId, sealed) {
      const { accountPublicId } = wrappedKey;
      const dataKey = dataKeys.of(wrappedKey);
      const boundTo = ['webhook secret', accountPublicId, webhookId, dataKey.id];
      const secret = openBytes(dataKey.key, boundTo, sealed);
      if (secret !== null) return secret;
      throw secretUnreadable(
        new Error(`the secret of webhook ${webhookId} of account ${accountPublicId} was altered`),
      );
    },

    sealAnswer(wrappedKey, place, answer) {
      const dataKey = dataKeys.of(wrappedKey);
      const boundTo = boundToAnswer(wrappedKey.accountPublicId, place);
      return sealBytes(answerKeyOf(dataKey, place), randomBytes(SEAL_NONCE_LENGTH), boundTo, answer);
    },

    openAnswer(wrappedKey, place, sealed) {
      const { accountPublicId } = wrappedKey;
      const answerKey = answerKeyOf(dataKeys.of(wrappedKey), place);
      const answer = openBytes(answerKey, boundToAnswer(accountPublicId, place), sealed);
      if (answer !== null) return answer;
      throw secretUnreadable(new Error(`a kept answer of account ${accountPublicId} was altered`));
    },
  };
}

function fingerprintKeyOf(dataKey: DataKey): KeyObject {
  if (dataKey.fingerprints === undefined) {
    const derived = Buffer.from(
      hkdfSync('sha256', dataKey.key, '', 'fingerprints of secrets', DATA_KEY_LENGTH),
    );
    dataKey.fingerprints = createSecretKey(derived);
    derived.fill(0);
  }
  return dataKey.fingerprints;
}

const ANSWER = 'kept answer';

function boundToAnswer(accountPublicId: string, { key, expiresAt }: AnswerPlace): readonly string[] {
  return [ANSWER, accountPublicId, Buffer.from(key).toString('base64'), String(expiresAt)];
}

/**
 * The key for answers that expire on one day, derived from the account's (SP 800-108 §4.1): an account that sends an
 * Idempotency-Key with each validation would come to the 2^32 messages that random nonces allow under one key
 * (SP 800-38D §8.3). In a day that takes 49,000 a second.
 */
function answerKeyOf(dataKey: DataKey, { expiresAt }: AnswerPlace): KeyObject {
  const day = Math.floor(expiresAt / DAY_MS);
  if (dataKey.answers?.day !== day) {
    const bytes = createHmac('sha256', dataKey.key).update(`${ANSWER} ${day}`).digest();
    dataKey.answers = { day, key: createSecretKey(bytes) };
    bytes.fill(0);
  }
  return dataKey.answers.key;
}

/**
 * The same data key under the keyring's current master key. What it sealed stays valid.
 *
 * @throws {MasterKeyError} when the keyring cannot unwrap it
 */
export function rewrapDataKey(keyring: Keyring, dataKey: AccountDataKey): WrappedDataKey {
  const purpose = purposeOf(dataKey.accountPublicId);
  const bytes = keyring.unwrap(purpose, dataKey);
  const wrapped = keyring.wrap(purpose, bytes);
  bytes.fill(0);
  return wrapped;
}

/** Unwrapped data keys, the one used longest ago given up first. */
class DataKeys {
  readonly #keyring: Keyring;
  readonly #remembered = new Map<string, { wrapped: WrappedDataKey; dataKey: DataKey }>();
  /** The account whose key is last in the map. */
  #newest: string | null = null;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** Throws a `secret_unreadable` fault when the keyring cannot unwrap it. */
  of(wrapped: AccountDataKey): DataKey {
    const accountId = wrapped.accountPublicId;
    const known = this.#remembered.get(accountId);
    const isKnown = known !== undefined && isSame(known.wrapped, wrapped);
    // A busy account opens one secret after the other, and moving an entry makes the map's table anew now and then.
    if (isKnown && this.#newest === accountId) return known.dataKey;
    const dataKey = isKnown ? known.dataKey : this.#unwrap(wrapped);
    // A Map lists the oldest insertion first: putting the key back makes it the newest.
    this.#remembered.delete(accountId);
    this.#remembered.set(accountId, { wrapped, dataKey });
    this.#newest = accountId;
    if (this.#remembered.size > REMEMBERED_DATA_KEYS) this.#forgetOldest();
    return dataKey;
  }

  #unwrap(wrapped: AccountDataKey): DataKey {
    let bytes: Uint8Array;
    try {
      bytes = this.#keyring.unwrap(purposeOf(wrapped.accountPublicId), wrapped);
    } catch (cause) {
      throw secretUnreadable(cause);
    }
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return { id: keyId(key, 'data key'), key };
  }

  #forgetOldest(): void {
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}

function isSame(one: WrappedDataKey, other: WrappedDataKey): boolean {
  return one.masterKeyId === other.masterKeyId && Buffer.compare(one.wrapped, other.wrapped) === 0;
}

function purposeOf(accountPublicId: string): string {
  return `data key of ${accountPublicId}`;
}

function boundToPlace(
  accountPublicId: string,
  dataKeyId: string,
  place: SealedPlace,
  format: SealFormat,
): readonly string[] {
  const { algorithm, digits, period } = place.parameters;
  return [
    'authenticator secret',
    accountPublicId,
    String(place.accountId),
    place.clientId,
    String(place.authenticatorId),
    String(place.secretVersion),
    dataKeyId,
    ...(format === 1 ? [] : [algorithm, String(digits), String(period)]),
  ];
}
