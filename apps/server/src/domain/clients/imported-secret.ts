import { MAX_SECRET_BYTES, MIN_SECRET_BYTES, Refusal, readSecret } from '@kanda/formats';
import { Fault } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** 160 bits: RFC 4226 §4 R6 recommends it, and it is the block that HMAC-SHA-1 hands on unchanged. */
export const SECRET_BYTES = 20;
/** RFC 4226 §4 R6: at least 128 bits. */
export const STRONG_BYTES = 16;

/**
 * The bytes of a base32 secret that a caller brings along, as people write it: white space, hyphens of every kind,
 * zero-width marks and surplus `=` are dropped.
 *
 * @param allowShort whether it may have less than the 128 bits of RFC 4226, down to 80
 * @throws {Fault} secret_invalid, with a sentence for each cause
 */
export function importSecret(text: Secret<string>, allowShort: boolean): Uint8Array {
  const bytes = read(text);
  const least = allowShort ? MIN_SECRET_BYTES : STRONG_BYTES;
  if (bytes.length >= least) return bytes;
  throw secretInvalid(
    `must hold ${least} to ${MAX_SECRET_BYTES} bytes (RFC 4226 §4 asks for 128 bits); "allowShortSecret": true takes 80 bits and more`,
  );
}

function read(text: Secret<string>): Uint8Array {
  try {
    return readSecret(text.reveal()).bytes;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { message, action } = error;
    throw secretInvalid(
      ['cannot be imported:', message, action].filter(Boolean).join(' ').replace(/\.$/, ''),
    );
  }
}

function secretInvalid(message: string): Fault {
  return new Fault('secret_invalid', `The secret ${message}.`, {
    errors: [{ path: '/secret', message }],
  });
}
