import { decodeBase32, OtpError } from '@kanda/otp';
import { Fault } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** 160 bits: RFC 4226 §4 R6 recommends it, and it is the block that HMAC-SHA-1 hands on unchanged. */
export const SECRET_BYTES = 20;
/** RFC 4226 §4 R6: at least 128 bits. A secret of fewer is weak. */
export const STRONG_BYTES = 16;
/** 80 bits, which many applications made by default. */
const MIN_SHORT_BYTES = 10;
/** More than a hash's block is hashed down before use, so it would only make the QR code larger. */
const MAX_BYTES = 128;

/**
 * The bytes of a base32 secret that a caller brings along.
 *
 * @param allowShort whether it may have less than the 128 bits of RFC 4226, down to 80
 * @throws {Fault} secret_invalid
 */
export function importSecret(text: Secret<string>, allowShort: boolean): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase32(text.reveal());
  } catch (error) {
    if (!(error instanceof OtpError)) throw error;
    throw secretInvalid('must be base32 (A–Z and 2–7)');
  }
  const least = allowShort ? MIN_SHORT_BYTES : STRONG_BYTES;
  if (bytes.length >= least && bytes.length <= MAX_BYTES) return bytes;
  const hint = bytes.length >= MIN_SHORT_BYTES && bytes.length < STRONG_BYTES;
  throw secretInvalid(
    `must hold ${least} to ${MAX_BYTES} bytes (RFC 4226 §4 asks for 128 bits)` +
      (hint ? '; "allowShortSecret": true takes 80 bits and more' : ''),
  );
}

function secretInvalid(message: string): Fault {
  return new Fault('secret_invalid', `The secret to import ${message}.`, {
    errors: [{ path: '/secret', message }],
  });
}
