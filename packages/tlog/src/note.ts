/**
 * Signed notes (C2SP signed-note): a text, a blank line, and lines of signatures, of which those with an
 * Ed25519 key (type 1) are made and verified here.
 */
import { type Sha256, sameBytes } from './merkle.ts';

/** The types of key that a name and an id represent (C2SP signed-note). */
export const ED25519 = 1;
export const COSIGNATURE = 4;
export type KeyType = typeof ED25519 | typeof COSIGNATURE;

const PUBLIC_KEY_LENGTH = 32;
const KEY_ID_LENGTH = 4;
/** Of Ed25519, in bytes. */
export const SIGNATURE_LENGTH = 64;
const DASH = '\u2014';

/** Something that should be a signed note, or the text of a key, is not. The message is for its author. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** Whose signature is looked for: `name` is part of the key's identity. */
export interface VerifierKey {
  readonly name: string;
  /** Ed25519, 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
  /** What it signs: notes, unless it says cosignatures. */
  readonly type?: KeyType;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** With its last line end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Signs with one Ed25519 key, under any name. */
export interface NoteSigner {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const encoder = new TextEncoder();

/** `text` ends with a line end. */
export function signNote(text: string, name: string, signer: NoteSigner, sha256: Sha256): string {
  const id = keyIdOf({ name, publicKey: signer.publicKey }, sha256);
  const signature = signer.sign(encoder.encode(text));
  return `${text}\n${signatureLine({ name, keyId: id, signature })}`;
}

/** With its line end. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  return `${DASH} ${name} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** @throws {NoteError} */
export function parseNote(note: string): SignedNote {
  const end = note.lastIndexOf('\n\n');
  const lines = note.slice(end + 2).split('\n');
  if (end < 1 || lines.length < 2 || lines.pop() !== '') {
    throw new NoteError('this is not a signed note: a text, a blank line, then lines of signatures');
  }
  // The line end aside, a note may contain no ASCII control character.
  if (/[^\P{Cc}\n\u0080-\u009f\u007f]/u.test(note))
    throw new NoteError('a signed note holds no control characters');
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', base64 = ''] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  const bytes = decodeBase64(base64);
  if (bytes === null || bytes.length <= KEY_ID_LENGTH)
    throw new NoteError(`this is not a signature: ${line}`);
  return { name, keyId: bytes.subarray(0, KEY_ID_LENGTH), signature: bytes.subarray(KEY_ID_LENGTH) };
}

/** Whether `key` signed this note. Signatures of other keys are passed over, as the format demands. */
export function isSignedBy(
  note: SignedNote,
  key: VerifierKey,
  sha256: Sha256,
  verify: VerifyEd25519,
): boolean {
  const own = signaturesOf(note, key, sha256);
  const message = encoder.encode(note.text);
  return (
    own.length > 0 &&
    own.every(
      ({ signature }) => signature.length === SIGNATURE_LENGTH && verify(key.publicKey, message, signature),
    )
  );
}

/** The signatures that claim to be of this key. */
export function signaturesOf(note: SignedNote, key: VerifierKey, sha256: Sha256): NoteSignature[] {
  const id = keyIdOf(key, sha256);
  return note.signatures.filter(({ name, keyId }) => name === key.name && sameBytes(keyId, id));
}

/** The key as one line: name, key id in hex, and type with public key in base64, joined by `+`. */
export function formatVerifierKey(key: VerifierKey, sha256: Sha256): string {
  const id = Buffer.from(keyIdOf(key, sha256)).toString('hex');
  return `${key.name}+${id}+${Buffer.from(typedKey(key)).toString('base64')}`;
}

/** @throws {NoteError} also when the id is not that of the key, or it is a key of another type */
export function parseVerifierKey(text: string, sha256: Sha256, type: KeyType = ED25519): VerifierKey {
  const [, name = '', id = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? [];
  const bytes = decodeBase64(base64);
  if (bytes === null || bytes.length !== 1 + PUBLIC_KEY_LENGTH || bytes[0] !== type) {
    throw new NoteError(
      `${JSON.stringify(text.trim().slice(0, 120))} is not a verifier key of a ${type === ED25519 ? 'log' : 'witness'}: name+id+base64 (C2SP signed-note)`,
    );
  }
  const key = { name, publicKey: bytes.subarray(1), ...(type === ED25519 ? {} : { type }) };
  if (Buffer.from(keyIdOf(key, sha256)).toString('hex') !== id) {
    throw new NoteError(`the verifier key of ${name} is damaged: its id is not that of its bytes`);
  }
  return key;
}

/** Standard base64 with padding; null for anything that does not read back the same. */
export function decodeBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}

/** SHA-256 of name, line end, type and public key, its first four bytes. */
export function keyIdOf(key: VerifierKey, sha256: Sha256): Uint8Array {
  const name = encoder.encode(`${key.name}\n`);
  return sha256(Buffer.concat([name, typedKey(key)])).subarray(0, KEY_ID_LENGTH);
}

function typedKey({ publicKey, type = ED25519 }: VerifierKey): Uint8Array {
  return Buffer.concat([Uint8Array.of(type), publicKey]);
}
