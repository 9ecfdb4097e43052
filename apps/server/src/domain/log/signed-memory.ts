import type { Checkpoint } from '@kanda/tlog';

/** A checkpoint that was signed, with its note. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
}

/**
 * What this node knows to have been signed, by origin. It is kept where write access to the store does not reach:
 * in the process, and in a file of the node's own. Without it, deleting a log's tree and checkpoints would be
 * enough to have a changed log signed anew.
 */
export interface SignedMemory {
  /** The longest known checkpoint of this log; null: none is known. */
  newest(origin: string): Promise<SignedCheckpoint | null>;
  /** Every log of which a checkpoint is known. */
  origins(): Promise<readonly string[]>;
  /** Resolves when the checkpoint is known durably. Shorter ones than the known one change nothing. */
  remember(checkpoint: SignedCheckpoint): Promise<void>;
}

/** Remembers as long as the process runs: for commands, which sign nothing, and for tests. */
export class SignedInProcess implements SignedMemory {
  readonly #newest = new Map<string, SignedCheckpoint>();

  async newest(origin: string): Promise<SignedCheckpoint | null> {
    return this.#newest.get(origin) ?? null;
  }

  async origins(): Promise<readonly string[]> {
    return [...this.#newest.keys()];
  }

  async remember(checkpoint: SignedCheckpoint): Promise<void> {
    this.note(checkpoint);
  }

  /** True: this one is longer than what was known. */
  note(checkpoint: SignedCheckpoint): boolean {
    const known = this.#newest.get(checkpoint.origin);
    if (known !== undefined && known.size >= checkpoint.size) return false;
    this.#newest.set(checkpoint.origin, checkpoint);
    return true;
  }

  all(): SignedCheckpoint[] {
    return [...this.#newest.values()];
  }
}
