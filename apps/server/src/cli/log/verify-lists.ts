import type { Finding } from '../../domain/log/verify-log.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { LogReader, LogRow } from '../../store/sqlite/log-reader.ts';

/** Up to which event there are no bodies, and up to which none is shown. */
export interface Gone {
  readonly missingTo: number;
  readonly hiddenTo: number;
}

/**
 * What lists of events follow: each event names the one of its client before it, the client the newest; an hour names
 * its first and last event; an outcome is one of two numbers. None of it is in the tree, as it follows from the bodies;
 * altered, it would keep events from being shown that are all there.
 */
export class Lists {
  readonly #hours: ReturnType<LogReader['activity']>;
  readonly #newest = new Map<string, number>();
  /** The first of each kind; further ones follow from it, most often. */
  #link: Finding | null = null;
  #hour: Finding | null = null;
  #outcome: Finding | null = null;

  constructor(hours: ReturnType<LogReader['activity']>) {
    this.#hours = hours;
  }

  /** Takes the events by their numbers; `missingTo` is how many of the first have no body. */
  follow(row: LogRow, missingTo: number): void {
    this.#followLink(row, missingTo);
    this.#lookUpHour(row);
    if (row.outcome === 0 || row.outcome === 1) return;
    this.#outcome ??= {
      event: row.id,
      message: `event ${row.id} has the outcome ${row.outcome}, which is neither success nor failure`,
    };
  }

  /** What is wrong, with what the store names as the newest event of each clientId. */
  broken(
    clients: Iterable<{ readonly clientId: string; readonly lastEvent: number }>,
    { missingTo, hiddenTo }: Gone,
  ): Finding[] {
    const unnamed = new Map(this.#newest);
    for (const { clientId, lastEvent } of clients) {
      unnamed.delete(clientId);
      const expected = this.#newest.get(clientId) ?? 0;
      if (fits(lastEvent, expected, missingTo)) continue;
      this.#link ??= {
        event: expected,
        message: `the history of ${clientId} begins at event ${lastEvent} in place of ${expected}`,
      };
    }
    for (const [clientId, newest] of unnamed) {
      // Where a client that is enrolled no longer ends is forgotten with the body.
      if (newest <= Math.max(missingTo, hiddenTo)) continue;
      this.#link ??= {
        event: newest,
        message: `the history of ${clientId} is not found: nothing names event ${newest} as its newest`,
      };
    }
    return [this.#link, this.#hour, this.#outcome].filter((finding) => finding !== null);
  }

  #followLink({ id, clientId, previous }: LogRow, missingTo: number): void {
    const expected = clientId === null ? 0 : (this.#newest.get(clientId) ?? 0);
    if (clientId !== null) this.#newest.set(clientId, id);
    if (fits(previous, expected, missingTo)) return;
    this.#link ??= {
      event: id,
      message: `event ${id} leads to event ${previous} as the same user's one before it, which is ${expected}`,
    };
  }

  #lookUpHour({ id, at }: LogRow): void {
    const hour = this.#hours.get(Math.floor(at / HOUR_MS));
    if (hour !== undefined && hour.first <= id && id <= hour.last) return;
    this.#hour ??= {
      event: id,
      message: `event ${id} is not found by its time: the store names no hour that holds it, or other events as that hour's`,
    };
  }
}

/** The event that is named may have been pruned. */
function fits(named: number, expected: number, missingTo: number): boolean {
  return named === expected || (expected === 0 && named > 0 && named <= missingTo);
}
