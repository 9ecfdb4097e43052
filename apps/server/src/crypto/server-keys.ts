import { createSecretKey, type KeyObject } from 'node:crypto';
import type { WrappedServerKey } from '../domain/master-keys/wrapped-keys.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';
import { keyId } from './key-id.ts';
import type { Keyring } from './keyring.ts';

/** The keys of the whole installation, ready for use. */
export interface ServerKeys {
  /** Signs bearer tokens; `kid` is its public name in their headers. */
  readonly tokenSigning: { readonly kid: string; readonly key: KeyObject };
  /** Under which the MACs of API keys are made. */
  readonly apiKeyMac: KeyObject;
  /** The seed of the Ed25519 key that signs checkpoints of the logs. */
  readonly logSigning: Secret<Uint8Array>;
}

const TOKEN_SIGNING = 'token-signing';
const API_KEY_MAC = 'api-key-mac';
const LOG_SIGNING = 'log-signing';
/** The first key that signs receipts; those after it have a number behind the name. */
const RECEIPT_SIGNING = 'receipt-signing';
const KEY_LENGTH = 32;

/** Fresh keys for an installation that has none, wrapped for the store. */
export function createServerKeys(keyring: Keyring, randomBytes: RandomBytes): WrappedServerKey[] {
  const keys = [TOKEN_SIGNING, API_KEY_MAC, LOG_SIGNING].map((name) =>
    createServerKey(keyring, randomBytes, name),
  );
  return [...keys, firstReceiptKey(keyring, randomBytes)];
}

/**
 * The keys that a store made by an earlier version lacks, fresh. Those that it has must open first, lest one
 * is added under the wrong master key.
 *
 * @throws {MasterKeyError} when the keyring does not open them
 */
export function missingServerKeys(
  keyring: Keyring,
  wrapped: readonly WrappedServerKey[],
  randomBytes: RandomBytes,
): WrappedServerKey[] {
  assertServerKeysOpen(keyring, wrapped);
  // Beside the others: a rotation that is under way takes them along with them.
  const masterKeyId = wrapped[0]?.masterKeyId;
  const missing: WrappedServerKey[] = [];
  if (!wrapped.some(({ name }) => name === LOG_SIGNING))
    missing.push(createServerKey(keyring, randomBytes, LOG_SIGNING, masterKeyId));
  if (!wrapped.some(({ name }) => isReceiptSigning(name)))
    missing.push(firstReceiptKey(keyring, randomBytes, masterKeyId));
  return missing;
}

/** Whether a server key signs receipts. */
export function isReceiptSigning(name: string): boolean {
  return name === RECEIPT_SIGNING || name.startsWith(`${RECEIPT_SIGNING} `);
}

/** The seed of a key that signs receipts. Throws a `MasterKeyError` when the keyring does not open it. */
export function openSeed(keyring: Keyring, serverKey: WrappedServerKey): Uint8Array {
  return keyring.unwrap(purposeOf(serverKey.name), serverKey);
}

/**
 * One more key that signs receipts, under the master key of those that are there.
 *
 * @param signsFrom ms since the epoch
 */
export function nextReceiptKey(
  keyring: Keyring,
  randomBytes: RandomBytes,
  present: readonly WrappedServerKey[],
  signsFrom: number,
): WrappedServerKey {
  const numbers = present.map(({ name }) => Number(name.slice(RECEIPT_SIGNING.length + 1)) || 1);
  const name = `${RECEIPT_SIGNING} ${Math.max(...numbers) + 1}`;
  return { ...createServerKey(keyring, randomBytes, name, present[0]?.masterKeyId), signsFrom };
}

/** It signs from the start. */
function firstReceiptKey(keyring: Keyring, randomBytes: RandomBytes, masterKeyId?: string): WrappedServerKey {
  return { ...createServerKey(keyring, randomBytes, RECEIPT_SIGNING, masterKeyId), signsFrom: 0 };
}

/**
 * The same server key under the keyring's current master key.
 *
 * @throws {MasterKeyError} when the keyring cannot unwrap it
 */
export function rewrapServerKey(keyring: Keyring, serverKey: WrappedServerKey): WrappedServerKey {
  const purpose = purposeOf(serverKey.name);
  const bytes = keyring.unwrap(purpose, serverKey);
  const wrapped = keyring.wrap(purpose, bytes);
  bytes.fill(0);
  return { name: serverKey.name, ...wrapped };
}

/**
 * That the keyring opens every key which the store has, and that none is lost.
 *
 * @throws {MasterKeyError} when it does not
 */
export function assertServerKeysOpen(keyring: Keyring, wrapped: readonly WrappedServerKey[]): void {
  openServerKey(keyring, wrapped, TOKEN_SIGNING);
  openServerKey(keyring, wrapped, API_KEY_MAC);
  // Stores of earlier versions have no key for the log, and none for receipts.
  for (const { name } of wrapped) {
    if (name === LOG_SIGNING || isReceiptSigning(name)) openBytesOf(keyring, wrapped, name).fill(0);
  }
}

function createServerKey(
  keyring: Keyring,
  randomBytes: RandomBytes,
  name: string,
  masterKeyId?: string,
): WrappedServerKey {
  const bytes = randomBytes(KEY_LENGTH);
  const wrapped = keyring.wrap(purposeOf(name), bytes, masterKeyId);
  bytes.fill(0);
  return { name, ...wrapped };
}

/**
 * Unwraps the keys that the store kept. As every installation has them, this is where a wrong master key shows.
 *
 * @throws {MasterKeyError} when the keyring does not open them
 */
export function openServerKeys(keyring: Keyring, wrapped: readonly WrappedServerKey[]): ServerKeys {
  const signingKey = openServerKey(keyring, wrapped, TOKEN_SIGNING);
  return {
    tokenSigning: { kid: keyId(signingKey, TOKEN_SIGNING), key: signingKey },
    apiKeyMac: openServerKey(keyring, wrapped, API_KEY_MAC),
    logSigning: new Secret(openBytesOf(keyring, wrapped, LOG_SIGNING)),
  };
}

function openServerKey(keyring: Keyring, wrapped: readonly WrappedServerKey[], name: string): KeyObject {
  const bytes = openBytesOf(keyring, wrapped, name);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function openBytesOf(keyring: Keyring, wrapped: readonly WrappedServerKey[], name: string): Uint8Array {
  const found = wrapped.find((key) => key.name === name);
  if (found === undefined) {
    throw new Error(
      `The store holds no server key "${name}", so it is incomplete. Restore it from a backup.`,
    );
  }
  return keyring.unwrap(purposeOf(name), found);
}

function purposeOf(name: string): string {
  return `server key ${name}`;
}
