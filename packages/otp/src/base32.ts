import { OtpError } from './error.ts';

/** RFC 4648 §6, table 3. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const NOT_A_DIGIT = 0xff;
const SPACE = 0x20;
const HYPHEN = 0x2d;
const PADDING = 0x3d;

/**
 * Value of each ASCII character, both cases. A table and not `toUpperCase`, which turns `ı` into `I` and `ſ`
 * into `S` and would so let letters in that are not in the alphabet.
 */
const VALUES = new Uint8Array(128).fill(NOT_A_DIGIT);
for (let value = 0; value < ALPHABET.length; value++) {
  VALUES[ALPHABET.charCodeAt(value)] = value;
  VALUES[ALPHABET.toLowerCase().charCodeAt(value)] = value;
}

/**
 * Encodes bytes as base32 (RFC 4648 §6), upper case, without `=` padding: the form that authenticator apps
 * and `otpauth` URIs want.
 *
 * @param bytes any number of bytes; none give the empty string
 */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((buffer >>> bits) & 31);
    }
  }
  if (bits > 0) text += ALPHABET.charAt((buffer << (5 - bits)) & 31);
  return text;
}

/**
 * Decodes base32 (RFC 4648 §6) as people copy it from a screen: either case, with ASCII spaces and hyphens
 * between the groups, with or without `=` padding.
 *
 * Two things are decided as the apps in the field decide them, because what counts is that both sides compute
 * the same codes:
 * - Bits left over after the last whole byte are dropped even when they are not zero (RFC 4648 §3.5 leaves it
 *   open). Google Authenticator, Aegis (Guava) and oathtool do so, and secrets made by picking random letters
 *   have such bits.
 * - A length that no encoder produces (1, 3 or 6 characters beyond a multiple of 8) is refused, as by Aegis
 *   and oathtool. Google Authenticator reads it, so apps would not agree; and it most often means that a
 *   character was lost in copying.
 *
 * @param text base32 text; the empty string gives no bytes
 * @throws {OtpError} `invalid_base32` for any other character, an impossible length, or padding that is not
 *   exactly what completes the last group of 8. The message gives the position, never the text.
 */
export function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let digits = 0;
  let padding = 0;
  let length = 0;
  let buffer = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === SPACE || character === HYPHEN) continue;
    if (character === PADDING) {
      padding++;
      continue;
    }
    const value = VALUES[character] ?? NOT_A_DIGIT;
    if (value === NOT_A_DIGIT) {
      throw new OtpError('invalid_base32', `Character ${index + 1} is not base32 (A–Z and 2–7)`);
    }
    if (padding > 0) throw new OtpError('invalid_base32', 'Base32 goes on after its padding');
    digits++;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = buffer >>> bits;
    }
  }
  assertLength(digits, padding);
  return bytes.slice(0, length);
}

function assertLength(digits: number, padding: number): void {
  const rest = digits % 8;
  if (rest === 1 || rest === 3 || rest === 6) {
    throw new OtpError('invalid_base32', `Base32 cannot be ${digits} characters long; one may be missing`);
  }
  if (padding > 0 && (rest === 0 || padding !== 8 - rest)) {
    throw new OtpError('invalid_base32', 'Base32 padding does not complete the last group of 8 characters');
  }
}
