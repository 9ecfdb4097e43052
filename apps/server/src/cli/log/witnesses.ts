/** The checkpoints and keys that somebody hands in to hold a log against. */
import { readFileSync } from 'node:fs';
import { sha256, verifyEd25519 } from '../../crypto/log-signing.ts';
import { type Checkpoint, parseCheckpoint, splitNotes } from '../../domain/log/checkpoint.ts';
import { isSignedBy, parseVerifierKey, type SignedNote } from '../../domain/log/note.ts';

export interface HandedIn {
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
}

/** Public keys: one signs for every log of an installation, each time under the log's own name. */
export type TrustedKeys = readonly Uint8Array[];

/** @throws when a text is no verifier key */
export function trustedKeys(texts: readonly string[]): TrustedKeys {
  return texts.map((text) => parseVerifierKey(text, sha256).publicKey);
}

/** Whether one of the keys signed the note in the name of the log that it is about. */
export function isTrusted({ checkpoint, note }: HandedIn, keys: TrustedKeys): boolean {
  return keys.some((publicKey) =>
    isSignedBy(note, { name: checkpoint.origin, publicKey }, sha256, verifyEd25519),
  );
}

/**
 * The checkpoints of files, each of which may hold many.
 * @throws when a file cannot be read or holds none, or one that is no checkpoint
 */
export function readCheckpoints(paths: readonly string[]): HandedIn[] {
  return paths.flatMap((path) => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new Error(`The checkpoint ${path} cannot be read (${(cause as Error).message}).`, { cause });
    }
    const { notes, strays } = splitNotes(text);
    if (notes.length === 0) {
      throw new Error(
        `${path} holds no checkpoint. Fetch one: curl …/api/logs/checkpoint, or kanda audit checkpoint`,
      );
    }
    if (strays > 0)
      console.error(`${path} holds ${strays} pieces that are no whole checkpoint; they are left out.`);
    return notes.map((note) => {
      try {
        return parseCheckpoint(note);
      } catch (cause) {
        throw new Error(`${path} cannot be taken: ${(cause as Error).message}.`, { cause });
      }
    });
  });
}
