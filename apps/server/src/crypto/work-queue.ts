/** Runs a few costly jobs at once and lets a bounded number wait their turn, first come, first served. */
export class WorkQueue {
  readonly #atOnce: number;
  readonly #waitingMost: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, waitingMost: number) {
    this.#atOnce = atOnce;
    this.#waitingMost = waitingMost;
  }

  /** True when {@link run} would refuse the next job. */
  get isFull(): boolean {
    return this.#running >= this.#atOnce && this.#waiting.length >= this.#waitingMost;
  }

  /** @throws {RangeError} when too many wait already; the job is not begun */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.isFull) throw new RangeError('too many jobs are waiting');
    if (this.#running < this.#atOnce) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await job();
    } finally {
      // The place goes straight to the next in line, so that a newcomer cannot slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
