import type { LogTrees } from '../domain/log/log-trees.ts';
import { originOf } from '../domain/log/origin.ts';
import type { LogFigures, LogHead, LogTreeStore } from '../domain/log/ports.ts';
import type { CheckpointSink } from './sinks.ts';
import { SplitViewError, type WitnessClient } from './witness-client.ts';

export interface CosignerParts {
  readonly store: LogTreeStore;
  readonly trees: LogTrees;
  readonly witnesses: readonly WitnessClient[];
  /** Gets each checkpoint once more, with its cosignatures; null: nowhere. */
  readonly sink: CheckpointSink | null;
  readonly figures: LogFigures;
  readonly onFailure: (witness: string, cause: unknown) => void;
}

/**
 * Asks witnesses to cosign the newest checkpoint of each log, and keeps what they sign with it. A witness that does
 * not answer holds up no other, and nothing waits for any.
 */
export class Cosigner {
  readonly #parts: CosignerParts;
  /** By account: the size of the checkpoint that every witness has cosigned. */
  readonly #done = new Map<number, number>();

  constructor(parts: CosignerParts) {
    this.#parts = parts;
  }

  /**
   * @param failed the witnesses that failed in this round: they are not asked again before the next one
   * @throws {SplitViewError} when a witness knows another history of this log
   */
  async cosign(head: LogHead, failed: Set<WitnessClient>, signal: AbortSignal): Promise<void> {
    const { store, trees, witnesses, sink, figures, onFailure } = this.#parts;
    const { accountId, checkpointSize } = head;
    if (checkpointSize === 0 || this.#done.get(accountId) === checkpointSize) return;
    const newest = await store.newestCheckpoint(accountId);
    if (newest === null) return;
    let { note } = newest;
    let complete = true;
    let split: SplitViewError | null = null;
    for (const witness of witnesses) {
      if (witness.hasCosigned(note)) continue;
      if (failed.has(witness)) {
        complete = false;
        continue;
      }
      try {
        const prove = (from: number, to: number) => trees.consistency(accountId, from, to);
        note += await witness.cosign(originOf(head.accountPublicId), newest, prove, signal);
      } catch (error) {
        complete = false;
        if (error instanceof SplitViewError) split = error;
        else {
          failed.add(witness);
          figures.cosignFailures++;
          onFailure(witness.name, error);
        }
      }
    }
    if (note !== newest.note) {
      await sink?.send([note], signal);
      await store.cosignCheckpoint(accountId, newest.size, note);
      figures.cosigned++;
    }
    if (split !== null) throw split;
    if (complete) this.#done.set(accountId, newest.size);
  }
}
