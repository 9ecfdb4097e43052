/** So many at once, and the others wait in the order in which they came. */
export class Slots {
  #free: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #whenEmpty: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#held++;
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
      if (--this.#held === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    }
  }

  /** Resolves when nobody holds or waits for a slot. */
  async empty(): Promise<void> {
    if (this.#held > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }
}
