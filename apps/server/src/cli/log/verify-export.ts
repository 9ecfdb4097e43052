import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CompactRange, decodeBase64, HASH_LENGTH, type Hash, inclusionRanges, TreeHasher } from '@kanda/tlog';
import { sha256 } from '../../crypto/log-signing.ts';
import { UNKNOWN_EVENT } from '../../domain/log/events.ts';
import { parseLoggedEvent, treeEntry } from '../../domain/log/leaf.ts';
import { LogVerifier, type VerifiedLog } from '../../domain/log/verify-log.ts';
import type { Witness } from '../../domain/log/witness.ts';

export interface ExportVerification {
  /** NDJSON as `GET /api/logs?format=ndjson` gives it; the order of its lines does not matter. */
  readonly path: string;
  /** The answer of `GET /api/logs/{id}/proof` for the first event of the export, when it does not begin with event 1. */
  readonly firstProof: string | null;
  readonly kept: readonly Witness[];
  readonly onProgress: (done: number) => void;
}

/** Makes the tree of an exported log anew and holds it against checkpoints. Needs nothing but the files. */
export async function verifyExportedLog(verification: ExportVerification): Promise<VerifiedLog> {
  const { path, firstProof, kept, onProgress } = verification;
  const hasher = new TreeHasher(sha256);
  const leaves = new LeafTable();
  const restores: { readonly id: number; readonly at: number }[] = [];
  const faults: { readonly event: number | null; readonly message: string }[] = [];
  const bytes = Math.max(statSync(path).size, 1);
  const file = createReadStream(path);
  let number = 0;
  for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line === '') continue;
    const event = parseLoggedEvent(line);
    if (event === null) faults.push({ event: null, message: `line ${number} of the export is no event` });
    else if (event.event === UNKNOWN_EVENT) {
      const message = `event ${event.id} was exported by a version that did not know what it is: export the log from a newer one`;
      faults.push({ event: event.id, message });
    } else if (!leaves.set(event.id, hasher.leaf(treeEntry(event)))) {
      faults.push({ event: event.id, message: `event ${event.id} stands twice in the export` });
    } else if (event.event === 'store.restored') {
      restores.push({ id: event.id, at: Date.parse(event.createdAt) });
    }
    if (number % 5_000 === 0) onProgress(file.bytesRead / bytes);
  }

  const start = firstProof === null ? undefined : treeBefore(hasher, firstProof);
  const before = start?.size ?? 0;
  if (leaves.lowest > before + 1 && kept.length > 0) {
    throw new Error(
      `The export begins at event ${leaves.lowest}. If those before it were pruned, hand in the answer of ` +
        `GET /api/logs/${leaves.lowest}/proof as --first-proof FILE: it holds their hashes. If not, export the log without a filter.`,
    );
  }
  const verifier = new LogVerifier(hasher, kept, start === undefined ? {} : { start });
  for (const { event, message } of faults.slice(0, 5)) verifier.note(event, message);
  for (const { id, at } of restores) if (!Number.isNaN(at)) verifier.restored(id, at);
  for (let id = before + 1; id <= leaves.highest && !verifier.isLost; id++)
    verifier.next(leaves.get(id), null);
  return verifier.finish(null);
}

/**
 * The tree of the events before the one that a proof is for: of the proof's hashes, those to the left. They need
 * no trust, as no others lead to the checkpoint's root.
 */
function treeBefore(hasher: TreeHasher, path: string): CompactRange {
  try {
    const { id, treeSize, hashes } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const index = Number(id) - 1;
    const proof = hashes as string[];
    const left = inclusionRanges(index, Number(treeSize)).flatMap(([, to], at) =>
      to <= index ? [decodeBase64(proof[at] ?? '') ?? new Uint8Array(0)] : [],
    );
    if (left.some((hash) => hash.length !== HASH_LENGTH)) throw new Error('a hash is missing or no hash');
    return new CompactRange(hasher, index, left.reverse());
  } catch (cause) {
    throw new Error(`${path} is not the answer of GET /api/logs/{id}/proof (${(cause as Error).message}).`, {
      cause,
    });
  }
}

const LEAVES_PER_BLOCK = 4_096;

/** Leaves by the number of their event: 32 bytes each, in blocks, so that a made-up number costs one block. */
class LeafTable {
  readonly #blocks = new Map<number, { readonly hashes: Uint8Array; readonly present: Uint8Array }>();
  lowest = Number.POSITIVE_INFINITY;
  highest = 0;

  /** False when there is one already. */
  set(id: number, leaf: Hash): boolean {
    const key = Math.floor(id / LEAVES_PER_BLOCK);
    let block = this.#blocks.get(key);
    if (block === undefined) {
      block = {
        hashes: new Uint8Array(LEAVES_PER_BLOCK * HASH_LENGTH),
        present: new Uint8Array(LEAVES_PER_BLOCK),
      };
      this.#blocks.set(key, block);
    }
    const at = id % LEAVES_PER_BLOCK;
    if (block.present[at] === 1) return false;
    block.present[at] = 1;
    block.hashes.set(leaf, at * HASH_LENGTH);
    this.lowest = Math.min(this.lowest, id);
    this.highest = Math.max(this.highest, id);
    return true;
  }

  get(id: number): Hash | null {
    const at = id % LEAVES_PER_BLOCK;
    const block = this.#blocks.get(Math.floor(id / LEAVES_PER_BLOCK));
    if (block?.present[at] !== 1) return null;
    return block.hashes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH);
  }
}
