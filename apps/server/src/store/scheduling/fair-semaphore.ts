import { storeUnavailable } from '../../domain/errors.ts';

/** More than this waiting in one lane cannot be answered in time: its further callers are refused at once. */
const MAX_WAITING = 4_096;

/**
 * A bounded number at once. The others wait in lanes, first come first served, and lanes take turns: a party that asks
 * for much waits for himself.
 */
export class FairSemaphore {
  #free: number;
  #held = 0;
  readonly #lanes = new Map<number | string, (() => void)[]>();
  readonly #whenEmpty: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Rejects with `store_unavailable` when too many wait in this lane. */
  async hold<T>(lane: number | string, work: () => Promise<T>): Promise<T> {
    if (this.#free === 0 && (this.#lanes.get(lane)?.length ?? 0) >= MAX_WAITING) {
      throw storeUnavailable(new Error('too many calls are waiting'));
    }
    this.#held++;
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#wait(lane, resolve));
    try {
      return await work();
    } finally {
      const next = this.#next();
      if (next === undefined) this.#free++;
      else next();
      if (--this.#held === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    }
  }

  /** Resolves when no slot is held or waited for. */
  async empty(): Promise<void> {
    if (this.#held > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  #wait(lane: number | string, resolve: () => void): void {
    const waiting = this.#lanes.get(lane);
    if (waiting === undefined) this.#lanes.set(lane, [resolve]);
    else waiting.push(resolve);
  }

  /** The first of the lane whose turn it is; the lane goes behind the others. */
  #next(): (() => void) | undefined {
    for (const [lane, waiting] of this.#lanes) {
      this.#lanes.delete(lane);
      const next = waiting.shift();
      if (waiting.length > 0) this.#lanes.set(lane, waiting);
      return next;
    }
    return undefined;
  }
}
