/**
 * A queue with one lane for each account or other party. While everything that waits fits into one batch the order is that
 * of arrival; when more waits, the lanes take turns, so that one account's flood delays itself.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<number | string, T[]>();
  readonly #perLane: number;
  #length = 0;
  /** In order of arrival, as long as nothing has been taken out of turn. */
  #arrivals: T[] = [];
  #inOrder = true;

  /** `perLane`: how many may wait in one lane. */
  constructor(perLane: number) {
    this.#perLane = perLane;
  }

  get length(): number {
    return this.#length;
  }

  /** False, and nothing is queued, when the lane is full. */
  push(lane: number | string, item: T): boolean {
    let waiting = this.#lanes.get(lane);
    if (waiting === undefined) {
      waiting = [];
      this.#lanes.set(lane, waiting);
    }
    if (waiting.length >= this.#perLane) return false;
    waiting.push(item);
    if (this.#inOrder) this.#arrivals.push(item);
    this.#length++;
    return true;
  }

  /** Takes `most` items out: all of them in order of arrival if they are no more, else by turns. */
  take(most: number): T[] {
    const taken = this.#inOrder && this.#length <= most ? this.#arrivals : this.#takeTurns(most);
    this.#length -= taken.length;
    if (this.#length === 0) this.#clear();
    return taken;
  }

  #takeTurns(most: number): T[] {
    this.#inOrder = false;
    this.#arrivals = [];
    const taken: T[] = [];
    // How far each lane is emptied is noted first and cut off once: shifting one by one would be quadratic.
    const depths = new Map<number | string, number>();
    for (let depth = 0; taken.length < most && taken.length < this.#length; depth++) {
      for (const [lane, waiting] of this.#lanes) {
        const item = waiting[depth];
        if (item === undefined || taken.length >= most) continue;
        taken.push(item);
        depths.set(lane, depth + 1);
      }
    }
    for (const [lane, depth] of depths) {
      const rest = (this.#lanes.get(lane) ?? []).slice(depth);
      // A lane that was served goes behind those that were not.
      this.#lanes.delete(lane);
      if (rest.length > 0) this.#lanes.set(lane, rest);
    }
    return taken;
  }

  #clear(): void {
    this.#lanes.clear();
    this.#arrivals = [];
    this.#inOrder = true;
  }
}
