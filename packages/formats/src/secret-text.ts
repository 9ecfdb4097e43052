import { decodeBase32, encodeBase32, OtpError } from '@kanda/otp';
import type { ProblemCode, SecretEncoding } from './record.ts';

/** 80 bits, which many applications made by default. */
export const MIN_SECRET_BYTES = 10;
/** RFC 4226 §4 R6: 128 bits at least. */
export const FULL_SECRET_BYTES = 16;
/** More than a hash's block is hashed down before use. */
export const MAX_SECRET_BYTES = 128;

/** Longer text is not looked at: with all that is dropped from it, it could not be a secret. */
const MAX_TEXT = 4_096;

/** White space and separators, hyphens of every kind, and marks that are drawn as nothing. */
const DROPPED = /[\s\p{Z}\p{Pd}\u2212\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]/gu;

/** Why a secret, or another value of an entry, cannot be taken. Its message never quotes the secret. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly field: string | undefined;
  readonly action: string | undefined;
  readonly code: ProblemCode;

  constructor(message: string, more: { field?: string; action?: string; code?: ProblemCode } = {}) {
    super(message);
    this.field = more.field;
    this.action = more.action;
    this.code = more.code ?? 'invalid';
  }
}

export interface ReadSecret {
  readonly bytes: Uint8Array;
  /** What had to be assumed: sentences for the person who imports. */
  readonly notes: readonly string[];
}

/**
 * Reads a secret as people and programs write it: white space of any kind, hyphens of any kind, zero-width marks and
 * surplus `=` are dropped. Text (`encoding: 'text'`) is taken as it is: its UTF-8 bytes are the key.
 *
 * @throws {Refusal} with a sentence for each cause: wrong letters, an impossible length, too short, too long
 */
export function readSecret(text: string, encoding: SecretEncoding = 'base32'): ReadSecret {
  if (encoding === 'text') return { bytes: bounded(new TextEncoder().encode(text)), notes: [] };
  if (text.length > MAX_TEXT) throw tooLong(`The secret has ${text.length} characters.`);
  const bare = text.replace(DROPPED, '').replace(/=+$/, '');
  if (bare === '') throw refusedSecret('The secret is empty.');
  if (encoding === 'hex') return { bytes: bounded(fromHex(bare)), notes: [] };
  if (encoding === 'base64') return { bytes: bounded(fromBase64(bare)), notes: [] };
  return { bytes: bounded(fromBase32(bare, text)), notes: hexLike(bare) ? [COULD_BE_HEX] : [] };
}

const COULD_BE_HEX =
  'The secret was taken for base32, and could be hex as well. If the codes do not match, say that it is hex.';

/** A hex seed may have only a–f and 2–7, which are base32 as well. */
function hexLike(bare: string): boolean {
  return /^[a-fA-F2-7]+$/.test(bare) && bare.length % 2 === 0 && bare.length >= 2 * MIN_SECRET_BYTES;
}

function fromBase32(bare: string, text: string): Uint8Array {
  const wrong = /[^A-Za-z2-7]/.exec(bare);
  if (wrong) {
    if (/^[0-9A-Fa-f]+$/.test(bare) && bare.length % 2 === 0) {
      throw refusedSecret(
        'The secret is not base32 (A–Z and 2–7), and looks like hex.',
        'Say that it is hex.',
      );
    }
    throw refusedSecret(
      `The secret is not base32 (A–Z and 2–7): character ${placeIn(text, wrong.index)} is another one.`,
      'Copy it again; 0, 1, 8 and 9 are never part of base32.',
    );
  }
  const rest = bare.length % 8;
  if (rest === 1 || rest === 3 || rest === 6) {
    throw refusedSecret(
      `Base32 cannot be ${bare.length} characters long.`,
      'Copy it again: a character is missing, or one too many.',
    );
  }
  try {
    return decodeBase32(bare);
  } catch (error) {
    if (error instanceof OtpError) throw refusedSecret(`${error.message}.`);
    throw error;
  }
}

/** The place of a character that is kept, counted from 1 among all characters. */
function placeIn(text: string, keptIndex: number): number {
  let kept = -1;
  for (let index = 0; index < text.length; index++) {
    if (text.charAt(index).replace(DROPPED, '') !== '') kept++;
    if (kept === keptIndex) return index + 1;
  }
  return keptIndex + 1;
}

function fromHex(bare: string): Uint8Array {
  if (!/^[0-9A-Fa-f]*$/.test(bare)) throw refusedSecret('The secret is not hex (0–9 and a–f).');
  if (bare.length % 2 !== 0) {
    throw refusedSecret(
      `Hex cannot be ${bare.length} characters long.`,
      'Copy it again: a character is missing.',
    );
  }
  return Uint8Array.from(bare.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Hyphens belong to base64url, so a secret in it is refused for its length when it had some. */
function fromBase64(bare: string): Uint8Array {
  const bytes = decodeBase64(bare);
  if (bytes === null) throw refusedSecret('The secret is not base64.');
  return bytes;
}

/** The bytes of base64 (RFC 4648 §4 or §5), with or without padding and line breaks; null when it is not. */
export function decodeBase64(text: string): Uint8Array | null {
  const bare = text.replace(/\s/g, '').replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*$/.test(bare) || bare.length % 4 === 1) return null;
  return Uint8Array.from(atob(bare), (character) => character.charCodeAt(0));
}

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @throws {Refusal} when a secret has fewer than 80 or more than 1,024 bits */
export function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length < MIN_SECRET_BYTES) {
    throw refusedSecret(
      `The secret has ${bytes.length * 8} bits, and ${MIN_SECRET_BYTES * 8} are the least.`,
      'Enrol this user anew.',
      'secret_length',
    );
  }
  if (bytes.length > MAX_SECRET_BYTES) throw tooLong(`The secret has ${bytes.length * 8} bits.`);
  return bytes;
}

/** As `otpauth` URIs write it. */
export function writeSecret(bytes: Uint8Array): string {
  return encodeBase32(bytes);
}

function tooLong(message: string): Refusal {
  return refusedSecret(`${message} ${MAX_SECRET_BYTES * 8} bits are the most.`, undefined, 'secret_length');
}

function refusedSecret(message: string, action?: string, code: ProblemCode = 'invalid'): Refusal {
  return new Refusal(message, { field: 'secret', code, ...(action === undefined ? {} : { action }) });
}
