/** A job was not begun, as too many wait. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';

  constructor() {
    super('too many jobs are waiting');
  }
}

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: QueueFull) => void;
}

export interface WorkQueueOptions {
  /** How many jobs run at once. */
  readonly atOnce: number;
  /** How many may wait. */
  readonly waiting: number;
  /** How many of one caller may wait. */
  readonly waitingOfOne: number;
}

/**
 * Runs a few costly jobs at once and lets a bounded number wait. Callers take turns, each with its jobs in the order
 * in which they came. When the queue is full, a caller with fewer jobs than another has takes the place of that one's
 * newest, so that no caller can keep others out.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** By caller; the first is next. */
  readonly #lanes = new Map<string, Waiting[]>();
  #running = 0;
  #waiting = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /**
   * @param caller whose turn the job takes
   * @throws {QueueFull} when too many wait already, also later, when another caller takes the place; the job is not begun
   */
  async run<T>(caller: string, job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.atOnce) this.#running++;
    else await new Promise<void>((begin, refuse) => this.#wait(caller, { begin, refuse }));
    try {
      return await job();
    } finally {
      // The place goes straight to the next in line, so that a newcomer cannot slip in between.
      const next = this.#next();
      if (next === undefined) this.#running--;
      else next.begin();
    }
  }

  #wait(caller: string, waiting: Waiting): void {
    const lane = this.#lanes.get(caller) ?? [];
    const { waiting: most, waitingOfOne } = this.#options;
    if (lane.length >= waitingOfOne || (this.#waiting >= most && !this.#displaceFor(lane.length))) {
      waiting.refuse(new QueueFull());
      return;
    }
    lane.push(waiting);
    this.#waiting++;
    this.#lanes.set(caller, lane);
  }

  /** Refuses the newest job of the caller that has most, if it has more than `waiting` and one. */
  #displaceFor(waiting: number): boolean {
    let longest: Waiting[] = [];
    for (const lane of this.#lanes.values()) if (lane.length > longest.length) longest = lane;
    if (longest.length <= waiting + 1) return false;
    longest.pop()?.refuse(new QueueFull());
    this.#waiting--;
    return true;
  }

  #next(): Waiting | undefined {
    for (const [caller, lane] of this.#lanes) {
      const next = lane.shift();
      this.#lanes.delete(caller);
      if (lane.length > 0) this.#lanes.set(caller, lane);
      this.#waiting--;
      return next;
    }
    return undefined;
  }
}
