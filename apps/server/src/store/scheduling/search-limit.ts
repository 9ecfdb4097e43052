import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../domain/errors.ts';

/** Searches of one account that may wait or be under way at once; each may look at ten thousands of rows. */
const MAX_SEARCHES = 100;

/**
 * How long a refusal is held back, which is what it asks its caller to wait. Callers that ask again at once would
 * otherwise fill each turn of the event loop with refusals, and hold up everybody's answers.
 */
const REFUSED_AFTER_MS = 1_000;

/** Bounds how many searches each account has at once: what is beyond could not be answered in time. */
export class SearchLimit {
  readonly #counts = new Map<number, number>();
  readonly #most: number;
  readonly #refusedAfterMs: number;

  constructor(most = MAX_SEARCHES, refusedAfterMs = REFUSED_AFTER_MS) {
    this.#most = most;
    this.#refusedAfterMs = refusedAfterMs;
  }

  /** Faults: rate_limited, after a second, when the account has as many as it may have. */
  async hold<T>(accountId: number, search: () => Promise<T>): Promise<T> {
    const count = this.#counts.get(accountId) ?? 0;
    if (count >= this.#most) {
      await sleep(this.#refusedAfterMs);
      throw new Fault(
        'rate_limited',
        `Your account has ${this.#most} lists and searches waiting for their answer on this server. Wait for some of them before you send more.`,
        { retryAfterSeconds: 1 },
      );
    }
    this.#counts.set(accountId, count + 1);
    try {
      return await search();
    } finally {
      const left = (this.#counts.get(accountId) ?? 1) - 1;
      if (left === 0) this.#counts.delete(accountId);
      else this.#counts.set(accountId, left);
    }
  }
}
