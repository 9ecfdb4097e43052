import { crc32 } from 'node:zlib';
import { encodeBase32 } from '@kanda/otp';

export const CHECKSUM_LENGTH = 7;

/**
 * The CRC-32 of a text in base32. As in GitHub's tokens it spares a lookup for typos, and lets scanners tell a leaked
 * key or token from noise; it proves nothing.
 */
export function checksum(text: string): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc32(text));
  return encodeBase32(bytes).toLowerCase();
}
