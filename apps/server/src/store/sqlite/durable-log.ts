import { setImmediate as nextTurn } from 'node:timers/promises';

export interface DurableLogOptions {
  /** The number of the newest state that a read can see now; grows with each commit, whichever process made it. */
  readonly newest: () => number;
  /** Resolves when all that was committed before the call is on the disk. */
  readonly sync: () => Promise<void>;
  /** Resolves when all that is committed has been written once more, in its place, and is durable. Called under the write lock. */
  readonly rewrite: () => Promise<void>;
}

/**
 * Which state of the database is known to be on the disk. A commit is visible to every connection of every process
 * before it is synced, and a power cut can take it back until then: what was read of it must not be answered sooner.
 *
 * One sync runs at a time. Linux reports a failed write-back once for each open file, so of two syncs on one descriptor
 * the one could be given the error and the other success, for the same lost pages.
 */
export class DurableLog {
  readonly #options: DurableLogOptions;
  /** The newest state that is on the disk. */
  #durable = -1;
  #running: { readonly covers: number; readonly ended: Promise<void> } | null = null;
  /**
   * What the file system holds in memory of the log may never reach the disk by itself, since a sync failed:
   * one of this process, or at first that of a process before it, whose state is unknown.
   */
  #suspect = true;

  constructor(options: DurableLogOptions) {
    this.#options = options;
  }

  /** Whether the log must be written anew before anything further is committed or answered. */
  get suspect(): boolean {
    return this.#suspect;
  }

  /** Resolves at once when all that can be seen now is on the disk, else after a sync that begins after this call. */
  async confirm(): Promise<void> {
    const state = this.#options.newest();
    while (state > this.#durable) {
      this.#assertSound();
      const running = this.#running;
      if (running === null) {
        await this.#sync(this.#options.newest());
        continue;
      }
      await running.ended;
      // The next batch commits within this turn: its sync serves this read too.
      if (running.covers < state) await nextTurn();
    }
  }

  /** As `confirm`, for the batch that has just committed: it waits for no other batch. */
  async confirmCommit(): Promise<void> {
    const state = this.#options.newest();
    while (state > this.#durable) {
      await this.#running?.ended;
      this.#assertSound();
      if (state > this.#durable && this.#running === null) await this.#sync(state);
    }
  }

  /** Writes the log anew. Under SQLite's write lock, before a commit: nothing may rest on what is not on the disk. */
  async rewrite(): Promise<void> {
    await this.ended();
    const state = this.#options.newest();
    await this.#options.rewrite();
    this.#durable = Math.max(this.#durable, state);
    this.#suspect = false;
  }

  /** Resolves when no sync is under way. */
  async ended(): Promise<void> {
    while (this.#running !== null) await this.#running.ended.catch(() => {});
  }

  #assertSound(): void {
    if (this.#suspect) throw new Error('a sync of the write-ahead log has failed');
  }

  #sync(covers: number): Promise<void> {
    const ended = this.#options.sync().then(
      () => {
        this.#running = null;
        this.#durable = Math.max(this.#durable, covers);
      },
      (error) => {
        this.#running = null;
        this.#suspect = true;
        throw error;
      },
    );
    this.#running = { covers, ended };
    return ended;
  }
}
