import type { LogFigures, LogHead, LogTreeStore } from '../domain/log/ports.ts';
import type { CheckpointSink } from './sinks.ts';

const CHECKPOINTS_AT_ONCE = 50;

export interface CheckpointSenderParts {
  readonly store: LogTreeStore;
  readonly sink: CheckpointSink;
  readonly figures: LogFigures;
  /** The store's note of what was sent cannot be true. */
  readonly tellAltered: (head: LogHead) => void;
}

/**
 * Sends checkpoints off the host, oldest first. What the store notes as sent is only believed of checkpoints of before
 * this process: who writes there could keep each new one from being sent by changing one number.
 */
export class CheckpointSender {
  readonly #parts: CheckpointSenderParts;
  /** By account: the size of the checkpoint before the first one that was signed here and has not been sent. */
  readonly #unsent = new Map<number, number>();

  constructor(parts: CheckpointSenderParts) {
    this.#parts = parts;
  }

  /** One was signed here, after that of `from` events. */
  signed(accountId: number, from: number): void {
    this.#unsent.set(accountId, Math.min(from, this.#unsent.get(accountId) ?? from));
  }

  /** Another node has this work now. */
  forget(): void {
    this.#unsent.clear();
    this.#parts.figures.sinkClockAheadSeconds = null;
  }

  /** Sends what `heads` say was not sent, and what was signed here; rejects at the first that cannot be sent. */
  async send(heads: AsyncIterable<LogHead>, signal: AbortSignal): Promise<void> {
    for await (const head of heads) {
      if (head.sentSize > head.checkpointSize) {
        this.#parts.tellAltered(head);
        // Which ones left is not known; the newest covers what the others do.
        this.signed(head.accountId, Math.max(head.checkpointSize - 1, 0));
      } else {
        this.signed(head.accountId, head.sentSize);
      }
      await this.#sendFrom(head.accountId, signal);
    }
    for (const accountId of [...this.#unsent.keys()]) await this.#sendFrom(accountId, signal);
  }

  async #sendFrom(accountId: number, signal: AbortSignal): Promise<void> {
    const { store, sink, figures } = this.#parts;
    let sent = this.#unsent.get(accountId);
    // One that is signed meanwhile is noted anew.
    this.#unsent.delete(accountId);
    while (sent !== undefined) {
      try {
        const next = await store.listCheckpoints(accountId, sent, CHECKPOINTS_AT_ONCE);
        const newest = next.at(-1);
        if (newest === undefined) return;
        await sink.send(
          next.map(({ note }) => note),
          signal,
          (aheadMs) => {
            figures.sinkClockAheadSeconds = aheadMs / 1000;
          },
        );
        figures.sent += next.length;
        figures.lastSentSeconds = Date.now() / 1000;
        sent = newest.size;
        await store.markCheckpointsSent(accountId, sent);
      } catch (error) {
        this.signed(accountId, sent);
        // What a sink said before it was away may be long out of date.
        figures.sinkClockAheadSeconds = null;
        throw error;
      }
    }
  }
}
