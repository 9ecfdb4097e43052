import { type FedEvent, fedEvent } from '../../domain/feeds/fed-event.ts';
import type { FeedFigures, WaitingLog } from '../../domain/feeds/ports.ts';
import { type EventRecord, UNKNOWN_EVENT } from '../../domain/log/events.ts';
import type { KeeperLog } from '../log-keeper-parts.ts';

/** As often as a receiver that is away is tried: often enough for an alert, also when one log alone is held up. */
const COUNT_AGAIN_MS = 5 * 60 * 1000;

/** An event, and what is sent of it. */
export interface KnownEvent {
  readonly event: EventRecord;
  readonly message: FedEvent;
}

/**
 * Holds a log up before the first event that only a newer version can name, as a rolling upgrade has them for a while, or
 * that cannot be sent since its row was altered. It may last, after a rollback or until the store is restored: so it
 * counts as a failure. Other logs go on.
 */
export class KnownEvents {
  readonly #log: KeeperLog;
  readonly #figures: FeedFigures;
  readonly #digest: (text: string) => string;
  /** Logs that are held up, as far as that was said. */
  readonly #told = new Set<number>();
  #countedAt = Number.NEGATIVE_INFINITY;

  /** @param digest SHA-256 as text */
  constructor(log: KeeperLog, figures: FeedFigures, digest: (text: string) => string) {
    this.#log = log;
    this.#figures = figures;
    this.#digest = digest;
  }

  /** Those of the events that can be sent, up to the first that cannot. */
  of(waiting: WaitingLog, read: readonly EventRecord[]): readonly KnownEvent[] {
    const known: KnownEvent[] = [];
    for (const event of read) {
      try {
        if (event.event === UNKNOWN_EVENT) throw new Error('its type is unknown to this version');
        known.push({ event, message: fedEvent(waiting, event, this.#digest) });
      } catch (cause) {
        this.#holdUp(waiting, event, cause);
        return known;
      }
    }
    this.#told.delete(waiting.accountId);
    return known;
  }

  #holdUp({ accountId, accountPublicId }: WaitingLog, { id }: EventRecord, cause: unknown): void {
    const now = performance.now();
    if (now - this.#countedAt >= COUNT_AGAIN_MS) {
      this.#countedAt = now;
      this.#figures.failures++;
    }
    if (!this.#told.has(accountId)) {
      this.#told.add(accountId);
      this.#log.error(
        { account: accountPublicId, event: id, cause },
        'An event was written by a newer version of Kanda, or altered. The log is sent up to it until a server of that version has the work',
      );
    }
  }
}
