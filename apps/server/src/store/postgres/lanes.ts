/** Work waits in the lane of its account, in the order of arrival; `null`: it belongs to none and waits for nobody. */
export type LaneName = number | null;

interface Lane<T> {
  readonly name: LaneName;
  readonly waiting: T[];
  /** Something that was taken from it is under way: what comes after has to wait. */
  busy: boolean;
}

/** What was taken from a lane. The lane gives nothing more until it is done. */
export interface Taken<T> {
  readonly items: readonly T[];
  done(): void;
}

/**
 * Queues of work, one for each account, so that one account's work is done in its order while others go on.
 * Lanes take turns: one that was served goes behind those that were not.
 */
export class Lanes<T> {
  readonly #lanes = new Map<LaneName | symbol, Lane<T>>();
  readonly #perLane: number;
  #size = 0;

  /** `perLane`: how many may wait in one lane. */
  constructor(perLane: number) {
    this.#perLane = perLane;
  }

  /** How much waits or is under way. */
  get size(): number {
    return this.#size;
  }

  /** False, and nothing is queued, when the lane is full. */
  push(name: LaneName, item: T): boolean {
    const key = name ?? Symbol();
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { name, waiting: [], busy: false };
      this.#lanes.set(key, lane);
    }
    if (lane.waiting.length >= this.#perLane) return false;
    lane.waiting.push(item);
    this.#size++;
    return true;
  }

  /**
   * Takes the first items of the next lane whose first item is `wanted`, as long as they are, `most` at most;
   * undefined when there is no such lane.
   */
  takeOne(wanted: (item: T) => boolean, most: number): Taken<T> | undefined {
    for (const [key, lane] of this.#lanes) {
      if (isReady(lane, wanted)) return this.#take(key, lane, wanted, most);
    }
    return undefined;
  }

  /** As `takeOne`, from all such lanes, `most` items in all; each lane gives its share of that. */
  takeAll(wanted: (item: T) => boolean, most: number): Taken<T>[] {
    const ready = [...this.#lanes].filter(([, lane]) => isReady(lane, wanted)).slice(0, most);
    const share = Math.max(1, Math.floor(most / Math.max(1, ready.length)));
    return ready.map(([key, lane]) => this.#take(key, lane, wanted, share));
  }

  #take(key: LaneName | symbol, lane: Lane<T>, wanted: (item: T) => boolean, most: number): Taken<T> {
    let count = 0;
    while (count < most && count < lane.waiting.length && wanted(lane.waiting[count] as T)) count++;
    const items = lane.waiting.splice(0, count);
    lane.busy = true;
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    return {
      items,
      done: () => {
        this.#size -= items.length;
        lane.busy = false;
        if (lane.waiting.length === 0) this.#lanes.delete(key);
      },
    };
  }
}

function isReady<T>({ busy, waiting }: Lane<T>, wanted: (item: T) => boolean): boolean {
  const first = waiting[0];
  return !busy && first !== undefined && wanted(first);
}
