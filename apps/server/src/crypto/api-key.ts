import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from '@kanda/otp';
import type { Mode } from '../domain/accounts/account.ts';
import type { ApiKeyText } from '../domain/keys/ports.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';
import { CHECKSUM_LENGTH, checksum } from './checksum.ts';

const ID_BYTES = 10;
const SECRET_BYTES = 20;
const API_KEY = /^kan_(?:test_)?([a-z2-7]{16})_[a-z2-7]{39}$/;

/** A new key with 160 random bits, and the MAC under which the store knows it. One of a test half is written `kan_test_…`. */
export function createApiKey(
  randomBytes: RandomBytes,
  macKey: KeyObject,
  mode: Mode = 'live',
): ApiKeyText & { readonly mac: Uint8Array } {
  const id = base32(randomBytes(ID_BYTES));
  const unchecked = `kan_${mode === 'test' ? 'test_' : ''}${id}_${base32(randomBytes(SECRET_BYTES))}`;
  const text = new Secret(unchecked + checksum(unchecked));
  return { id, text, mac: apiKeyMac(macKey, text) };
}

/**
 * Reads an API key, or gives null for any text that cannot be one. Whether it is known is not looked at; the
 * checksum (as in GitHub's tokens) spares a lookup for typos and lets scanners tell a leaked key from noise.
 */
export function parseApiKey(text: string): ApiKeyText | null {
  const id = API_KEY.exec(text)?.[1];
  if (id === undefined) return null;
  if (checksum(text.slice(0, -CHECKSUM_LENGTH)) !== text.slice(-CHECKSUM_LENGTH)) return null;
  return { id, text: new Secret(text) };
}

/** HMAC-SHA-256 of the key's whole text: all that is ever stored of it. */
export function apiKeyMac(macKey: KeyObject, text: Secret<string>): Uint8Array {
  return createHmac('sha256', macKey).update(text.reveal()).digest();
}

/** Whether `storedMac` is the MAC of this key, in a time that does not tell how much of it agreed. */
export function apiKeyMatches(macKey: KeyObject, text: Secret<string>, storedMac: Uint8Array): boolean {
  const mac = apiKeyMac(macKey, text);
  return mac.length === storedMac.length && timingSafeEqual(mac, storedMac);
}

function base32(bytes: Uint8Array): string {
  return encodeBase32(bytes).toLowerCase();
}
