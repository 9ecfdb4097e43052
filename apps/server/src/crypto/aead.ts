import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/*
 * AES-256-GCM as everything here uses it. Sealed bytes are: format (1), nonce (12), ciphertext, tag (16).
 * Keys are KeyObjects: with raw bytes each call would make one anew, which costs more than the encryption.
 */
const NONCE_AT = 1;
const NONCE_LENGTH = 12;
const TEXT_AT = NONCE_AT + NONCE_LENGTH;
const TAG_LENGTH = 16;

/**
 * The first of the sealed bytes. Formats have one layout and differ in what their callers bind; the format is bound
 * too, so that none passes for another.
 */
export type SealFormat = 1 | 2;

/** How many bytes of `nonce` {@link sealBytes} wants. Random ones are safe for 2^32 messages under one key (SP 800-38D §8.3). */
export const SEAL_NONCE_LENGTH = NONCE_LENGTH;

/**
 * Encrypts `plaintext` so that it opens only with the same `boundTo`.
 *
 * @param nonce 12 bytes that this key has never seen
 */
export function sealBytes(
  key: KeyObject,
  nonce: Uint8Array,
  boundTo: readonly string[],
  plaintext: Uint8Array,
  format: SealFormat = 1,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(associatedData(format, boundTo));
  const sealed = new Uint8Array(TEXT_AT + plaintext.length + TAG_LENGTH);
  sealed[0] = format;
  sealed.set(nonce, NONCE_AT);
  sealed.set(cipher.update(plaintext), TEXT_AT);
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_LENGTH);
  return sealed;
}

/** What {@link sealBytes} was given, or null when key, `boundTo`, `format` or a single bit of `sealed` is another. */
export function openBytes(
  key: KeyObject,
  boundTo: readonly string[],
  sealed: Uint8Array,
  format: SealFormat = 1,
): Uint8Array | null {
  if (sealed.length < TEXT_AT + TAG_LENGTH || sealed[0] !== format) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(NONCE_AT, TEXT_AT), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAAD(associatedData(format, boundTo));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
  const plaintext = decipher.update(sealed.subarray(TEXT_AT, sealed.length - TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    return null;
  }
  return plaintext;
}

/** The format and the fields, each after its length, so that no two lists of fields read alike. */
function associatedData(format: SealFormat, fields: readonly string[]): Uint8Array {
  let length = 1;
  for (const field of fields) length += 4 + Buffer.byteLength(field);
  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = format;
  let at = 1;
  for (const field of fields) {
    // An unpaired surrogate has no UTF-8: several strings would be written as the same bytes.
    if (!field.isWellFormed()) throw new TypeError('a sealed value cannot be bound to ill-formed Unicode');
    const written = bytes.write(field, at + 4);
    bytes.writeUInt32BE(written, at);
    at += 4 + written;
  }
  return bytes;
}
