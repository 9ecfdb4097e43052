/** Work waits in the lane of its account, or in one that has a name where it is no account's own. */
export type LaneName = number | string;

interface Lane<T> {
  /** In the order of arrival. */
  readonly waiting: T[];
  /** Among themselves in the order of arrival; nothing in `waiting` waits for them. */
  readonly aside: T[];
  /** Something that was taken from it is under way: what comes after has to wait. */
  busy: boolean;
  /** What was taken last was aside: the others come next. */
  asideLast: boolean;
}

/** What was taken from a lane. The lane gives nothing more until it is done or set aside. */
export interface Taken<T> {
  readonly name: LaneName;
  readonly items: readonly T[];
  done(): void;
  /** Puts the items back to where they were. From here on the lane is held: what is in it is taken alone. */
  setAside(): void;
}

/** Names of held lanes that are remembered; of more, the oldest are forgotten and found out anew. */
const MAX_HELD = 1_024;

/**
 * Queues of work, one for each account, so that one account's work is done in its order while others go on. What
 * others can put there, as by a log-in that fails, waits aside: the account's own work passes it.
 * Lanes take turns: one that was served goes behind those that were not.
 */
export class Lanes<T> {
  readonly #lanes = new Map<LaneName, Lane<T>>();
  /** Lanes whose rows another session holds. What shares a transaction with one of these would wait with it. */
  readonly #held = new Set<LaneName>();
  readonly #perLane: number;
  #size = 0;

  /** `perLane`: how many may wait in one lane, and how many aside of it. */
  constructor(perLane: number) {
    this.#perLane = perLane;
  }

  /** How much waits or is under way. */
  get size(): number {
    return this.#size;
  }

  /** False, and nothing is queued, when the lane is full. */
  push(name: LaneName, item: T, aside = false): boolean {
    const lane = this.#lane(name);
    const queue = aside ? lane.aside : lane.waiting;
    if (queue.length >= this.#perLane) return false;
    queue.push(item);
    this.#size++;
    return true;
  }

  /** Its rows could be had: the lane shares transactions again. */
  letGo(name: LaneName): void {
    this.#held.delete(name);
  }

  /**
   * Takes the first items of the next lane whose first item is `wanted`, as long as they are, as many as `most` says
   * for that lane; undefined when there is no such lane. Only here what is aside has its turn. With `held`, of the
   * lanes that are held, else of the others.
   */
  takeOne(
    wanted: (item: T) => boolean,
    most: (name: LaneName) => number,
    held = false,
  ): Taken<T> | undefined {
    for (const [name, lane] of this.#lanes) {
      if (lane.busy || this.#held.has(name) !== held) continue;
      const asideNext = lane.aside.length > 0 && (!lane.asideLast || lane.waiting.length === 0);
      if (asideNext && wanted(lane.aside[0] as T))
        return this.#take(name, lane, lane.aside, wanted, most(name));
      if (isNext(lane, wanted)) return this.#take(name, lane, lane.waiting, wanted, most(name));
    }
    return undefined;
  }

  /** As `takeOne`, from all such lanes that are not held, `most` items in all; each lane gives its share of that. */
  takeAll(wanted: (item: T) => boolean, most: number): Taken<T>[] {
    const ready = [...this.#lanes]
      .filter(([name, lane]) => !lane.busy && !this.#held.has(name) && isNext(lane, wanted))
      .slice(0, most);
    const share = Math.max(1, Math.floor(most / Math.max(1, ready.length)));
    return ready.map(([name, lane]) => this.#take(name, lane, lane.waiting, wanted, share));
  }

  #take(name: LaneName, lane: Lane<T>, queue: T[], wanted: (item: T) => boolean, most: number): Taken<T> {
    let count = 0;
    while (count < most && count < queue.length && wanted(queue[count] as T)) count++;
    const items = queue.splice(0, count);
    lane.busy = true;
    lane.asideLast = queue === lane.aside;
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    let isDone = false;
    const end = () => {
      isDone = true;
      lane.busy = false;
      this.#size -= items.length;
    };
    return {
      name,
      items,
      done: () => {
        if (isDone) return;
        end();
        if (lane.waiting.length + lane.aside.length === 0) this.#lanes.delete(name);
      },
      setAside: () => {
        if (!isDone) end();
        const back = this.#lane(name);
        (queue === lane.aside ? back.aside : back.waiting).unshift(...items);
        this.#size += items.length;
        this.#hold(name);
      },
    };
  }

  #lane(name: LaneName): Lane<T> {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { waiting: [], aside: [], busy: false, asideLast: false };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #hold(name: LaneName): void {
    this.#held.add(name);
    if (this.#held.size <= MAX_HELD) return;
    for (const oldest of this.#held) {
      this.#held.delete(oldest);
      return;
    }
  }
}

function isNext<T>({ waiting }: Lane<T>, wanted: (item: T) => boolean): boolean {
  const first = waiting[0];
  return first !== undefined && wanted(first);
}
