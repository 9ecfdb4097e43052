import { createSecretKey, type KeyObject } from 'node:crypto';
import type { RandomBytes, WrappedServerKey } from '../domain/ports.ts';
import { keyId } from './key-id.ts';
import type { Keyring } from './keyring.ts';

/** The keys of the whole installation, ready for use. */
export interface ServerKeys {
  /** Signs bearer tokens; `kid` is its public name in their headers. */
  readonly tokenSigning: { readonly kid: string; readonly key: KeyObject };
  /** Under which the MACs of API keys are made. */
  readonly apiKeyMac: KeyObject;
}

const TOKEN_SIGNING = 'token-signing';
const API_KEY_MAC = 'api-key-mac';
const KEY_LENGTH = 32;

/** Fresh keys for an installation that has none, wrapped for the store. */
export function createServerKeys(keyring: Keyring, randomBytes: RandomBytes): WrappedServerKey[] {
  return [TOKEN_SIGNING, API_KEY_MAC].map((name) => {
    const bytes = randomBytes(KEY_LENGTH);
    const wrapped = keyring.wrap(purposeOf(name), bytes);
    bytes.fill(0);
    return { name, ...wrapped };
  });
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
  };
}

function openServerKey(keyring: Keyring, wrapped: readonly WrappedServerKey[], name: string): KeyObject {
  const found = wrapped.find((key) => key.name === name);
  if (found === undefined) {
    throw new Error(
      `The store holds no server key "${name}", so it is incomplete. Restore it from a backup.`,
    );
  }
  const bytes = keyring.unwrap(purposeOf(name), found);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function purposeOf(name: string): string {
  return `server key ${name}`;
}
