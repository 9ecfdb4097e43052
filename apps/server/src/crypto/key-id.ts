import { createHash, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * A public name for a secret key: 16 hex digits that tell nothing about the key and differ for each `use`.
 *
 * It is hashed from a key derived for this alone (RFC 5869), never from the key itself.
 */
export function keyId(key: KeyObject, use: string): string {
  const derived = hkdfSync('sha256', key, '', `kanda key id v1: ${use}`, 32);
  return createHash('sha256').update(new Uint8Array(derived)).digest('hex').slice(0, 16);
}
