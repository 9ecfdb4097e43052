/** The checkpoints and keys to check a log against. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Checkpoint,
  COSIGNATURE,
  cosignedAt,
  isSignedBy,
  parseCheckpoint,
  parseVerifierKey,
  type SignedNote,
  splitNotes,
  type VerifierKey,
} from '@kanda/tlog';
import { readSigned, SIGNED_FILE } from '../../background/signed-file.ts';
import type { Config } from '../../config/schema.ts';
import { sha256, verifyEd25519 } from '../../crypto/log-signing.ts';

export interface HandedIn {
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
}

/** Those that were handed in, and those that this node remembers as signed. */
export interface Evidence {
  readonly kept: readonly HandedIn[];
  readonly remembered: readonly HandedIn[];
}

/**
 * What this node remembers as signed (audit/signed-file.ts): the longest checkpoint of each log.
 * @throws when the file is there and cannot be read
 */
export async function rememberedCheckpoints(config: Config): Promise<HandedIn[]> {
  const path = join(resolve(config.dataDir), SIGNED_FILE);
  const { checkpoints } = await readSigned(path).catch((cause) => {
    throw new Error(
      `What this node remembers as signed, ${path}, cannot be read (${(cause as Error).message}).`,
      { cause },
    );
  });
  const longest = new Map<string, HandedIn>();
  for (const { note } of checkpoints) {
    const one = parseCheckpoint(note);
    const { origin, size } = one.checkpoint;
    if (size > (longest.get(origin)?.checkpoint.size ?? -1)) longest.set(origin, one);
  }
  return [...longest.values()];
}

/** Public keys: one signs for every log of an installation, each time under the log's own name. */
export type TrustedKeys = readonly Uint8Array[];

/** @throws when a text is no verifier key */
export function trustedKeys(texts: readonly string[]): TrustedKeys {
  return texts.map((text) => parseVerifierKey(text, sha256).publicKey);
}

/** The keys of those who have to have cosigned. @throws when a text is no such key */
export function cosignerKeys(texts: readonly string[]): VerifierKey[] {
  return texts.map((text) => parseVerifierKey(text, sha256, COSIGNATURE));
}

/** Whose cosignatures a note bears, and in whose name it bears a line that does not verify. */
export function cosignaturesOf(
  note: SignedNote,
  cosigners: readonly VerifierKey[],
): { readonly cosigned: ReadonlyMap<string, number>; readonly forged: readonly string[] } {
  const cosigned = new Map<string, number>();
  const forged: string[] = [];
  for (const key of cosigners) {
    const at = cosignedAt(note, key, sha256, verifyEd25519);
    if (at === false) forged.push(key.name);
    else if (at !== 'none') cosigned.set(key.name, at);
  }
  return { cosigned, forged };
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
