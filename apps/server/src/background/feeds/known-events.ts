import type { FeedFigures, WaitingLog } from '../../domain/feeds/ports.ts';
import { type EventRecord, UNKNOWN_EVENT } from '../../domain/log/events.ts';
import type { KeeperLog } from '../log-keeper-parts.ts';

/** As often as a receiver that is away is tried: often enough for an alert, also when one log alone is held up. */
const COUNT_AGAIN_MS = 5 * 60 * 1000;

/**
 * Holds a log up before the first event that only a newer version can name, as a rolling upgrade has them for a while. It
 * may last, after a rollback or where the store was altered: so it counts as a failure.
 */
export class KnownEvents {
  readonly #log: KeeperLog;
  readonly #figures: FeedFigures;
  /** Logs that are held up, as far as that was said. */
  readonly #told = new Set<number>();
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(log: KeeperLog, figures: FeedFigures) {
    this.#log = log;
    this.#figures = figures;
  }

  /** Those of the events that can be sent. */
  of({ accountId, accountPublicId }: WaitingLog, read: readonly EventRecord[]): readonly EventRecord[] {
    const unknown = read.findIndex(({ event }) => event === UNKNOWN_EVENT);
    if (unknown < 0) {
      this.#told.delete(accountId);
      return read;
    }
    const now = performance.now();
    if (now - this.#countedAt >= COUNT_AGAIN_MS) {
      this.#countedAt = now;
      this.#figures.failures++;
    }
    if (!this.#told.has(accountId)) {
      this.#told.add(accountId);
      this.#log.error(
        { account: accountPublicId, event: read[unknown]?.id },
        'An event was written by a newer version of Kanda, or altered. The log is sent up to it until a server of that version has the work',
      );
    }
    return read.slice(0, unknown);
  }
}
