import { storeUnavailable } from '../../domain/errors.ts';

/** Lets the strides of other reads in before it goes on. */
export type Pause = () => Promise<void>;

export interface ReadTurnsOptions {
  /** How many reads may wait in one lane. */
  readonly perLane: number;
  /** How long reads may keep one turn of the event loop, ms; a stride that has begun is finished. */
  readonly budgetMs: number;
  /** ms; a clock that does not go back. */
  readonly now?: () => number;
}

/** How long a lane is served, ms, before the next one has its turn. */
const QUANTUM_MS = 1;
/** More than this, ms, is not counted against a lane: a machine that was suspended is no lane's fault. */
const MAX_DEBT_MS = 50;
/** More than this waiting in one lane cannot be answered in time. */
export const MAX_WAITING_READS = 4_096;
/** Leaves the larger part of a busy event loop to validations. */
export const READ_BUDGET_MS = 2;

interface Lane {
  /** Strides that can begin; each resolves when it is over. */
  readonly waiting: (() => Promise<void>)[];
  /** Time that it may use before others have their turn, ms; below 0 after a stride that took longer. */
  credit: number;
}

/**
 * Turns for reads that keep the event loop while they work. All reads of a process together have a share of each turn
 * of the event loop, so that searches, however many wait, hold up a validation by one stride each turn. Within the
 * share lanes take turns by the time that they use (deficit round robin), so that short reads of one account do not
 * wait for as many long ones of another.
 *
 * A read that must look at many rows is cut into strides by `pause`. Within a lane the read that was first is finished
 * first.
 */
export class ReadTurns {
  readonly #options: Required<ReadTurnsOptions>;
  /** Only lanes in which something waits or is under way; the first one is next. */
  readonly #lanes = new Map<number | string, Lane>();
  /** Time that reads have used in this turn of the event loop, ms. */
  #used = 0;
  #turnIsPlanned = false;
  #atWork = false;

  constructor(options: ReadTurnsOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /**
   * Calls `read` when it is the lane's turn, at once when nothing waits. `read` may wait for nothing but the database
   * and its own `pause`. Rejects with `store_unavailable` when too many wait in this lane.
   */
  run<T>(lane: number | string, read: (pause: Pause) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let strideOver: () => void = () => {};
      const stride = (begin: () => void) => () =>
        new Promise<void>((over) => {
          strideOver = over;
          begin();
        });
      const pause: Pause = () =>
        new Promise((resume) => {
          this.#laneOf(lane).waiting.unshift(stride(resume));
          strideOver();
        });
      const { waiting } = this.#laneOf(lane);
      if (waiting.length >= this.#options.perLane) {
        reject(storeUnavailable(new Error('too many calls are waiting')));
        return;
      }
      waiting.push(
        stride(() => {
          read(pause)
            .then(resolve, reject)
            .finally(() => strideOver());
        }),
      );
      void this.#work();
    });
  }

  #laneOf(name: number | string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { waiting: [], credit: QUANTUM_MS };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  /** Strides one after the other, as long as this turn's share lasts. */
  async #work(): Promise<void> {
    if (this.#atWork) return;
    this.#atWork = true;
    if (!this.#turnIsPlanned) this.#planTurn();
    const { now, budgetMs } = this.#options;
    while (this.#used < budgetMs) {
      const next = this.#next();
      if (next === undefined) break;
      const [name, lane, stride] = next;
      const begun = now();
      await stride();
      const took = now() - begun;
      this.#used += took;
      lane.credit = Math.max(lane.credit - took, -MAX_DEBT_MS);
      if (lane.waiting.length === 0) this.#lanes.delete(name);
    }
    this.#atWork = false;
  }

  #planTurn(): void {
    this.#turnIsPlanned = true;
    setImmediate(() => {
      this.#turnIsPlanned = false;
      this.#used = 0;
      if (this.#lanes.size > 0) {
        this.#planTurn();
        void this.#work();
      }
    });
  }

  #next(): [name: number | string, lane: Lane, stride: () => Promise<void>] | undefined {
    for (;;) {
      const first = this.#lanes.entries().next().value;
      if (first === undefined) return undefined;
      const [name, lane] = first;
      if (lane.credit > 0) {
        const stride = lane.waiting.shift();
        if (stride !== undefined) return [name, lane, stride];
        this.#lanes.delete(name);
        continue;
      }
      lane.credit += QUANTUM_MS;
      this.#lanes.delete(name);
      this.#lanes.set(name, lane);
    }
  }
}
