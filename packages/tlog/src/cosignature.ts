/**
 * Cosignatures (C2SP tlog-cosignature, Ed25519): what a witness signs about a checkpoint that it has found to go on
 * from the one before. They stand among the signatures of the note.
 */
import type { Sha256 } from './merkle.ts';
import {
  COSIGNATURE,
  keyIdOf,
  type NoteSigner,
  SIGNATURE_LENGTH,
  type SignedNote,
  signatureLine,
  signaturesOf,
  type VerifierKey,
  type VerifyEd25519,
} from './note.ts';

/** A u64, big-endian: seconds since the epoch. */
const TIMESTAMP_LENGTH = 8;

/** The line to add to a note. `at`: ms. */
export function cosign(
  note: SignedNote,
  name: string,
  signer: NoteSigner,
  at: number,
  sha256: Sha256,
): string {
  const seconds = Math.floor(at / 1000);
  const timestamp = Buffer.alloc(TIMESTAMP_LENGTH);
  timestamp.writeBigUInt64BE(BigInt(seconds));
  const signature = Buffer.concat([timestamp, signer.sign(messageOf(note, seconds))]);
  const keyId = keyIdOf({ name, publicKey: signer.publicKey, type: COSIGNATURE }, sha256);
  return signatureLine({ name, keyId, signature });
}

/**
 * What a note has of a witness: when it cosigned (ms); `none`; or `false`, when a line in its name does not verify.
 * Of several lines all must verify (C2SP signed-note); the newest counts.
 */
export function cosignedAt(
  note: SignedNote,
  key: VerifierKey,
  sha256: Sha256,
  verify: VerifyEd25519,
): number | 'none' | false {
  const own = signaturesOf(note, { ...key, type: COSIGNATURE }, sha256);
  if (own.length === 0) return 'none';
  const times: number[] = [];
  for (const { signature } of own) {
    if (signature.length !== TIMESTAMP_LENGTH + SIGNATURE_LENGTH) return false;
    const seconds = Number(Buffer.from(signature).readBigUInt64BE());
    // A statement about the whole tree always says when it was made.
    if (seconds === 0 || !Number.isSafeInteger(seconds * 1000)) return false;
    if (!verify(key.publicKey, messageOf(note, seconds), signature.subarray(TIMESTAMP_LENGTH))) return false;
    times.push(seconds * 1000);
  }
  return Math.max(...times);
}

function messageOf({ text }: SignedNote, seconds: number): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}
