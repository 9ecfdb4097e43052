const NONE = -1;

/** After this number of slots in use the hand takes the next one: no single call pays for a whole round. */
const MAX_PASSED = 128;

/**
 * A bounded memory of values by owner, item and version (any safe integers), one version of an item at a time.
 *
 * A hit compares a few numbers and sets one byte; nothing is allocated or moved, and no table ever grows.
 * When all slots are taken a hand goes round them and gives up the first that was not used since it last
 * passed (the CLOCK algorithm: nearly as good as least-recently-used, without its work for each hit).
 */
export class ClockCache<T> {
  readonly #capacity: number;
  readonly #owners: Float64Array;
  readonly #items: Float64Array;
  readonly #versions: Float64Array;
  readonly #values: (T | undefined)[];
  readonly #asked: Uint8Array;
  /** The first slot of each bucket, and for each slot the next of its bucket. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  #size = 0;
  #hand = 0;

  /** @param capacity how many values to keep, at least 1 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('a cache holds at least one value');
    this.#capacity = capacity;
    this.#owners = new Float64Array(capacity);
    this.#items = new Float64Array(capacity);
    this.#versions = new Float64Array(capacity);
    this.#values = new Array<T | undefined>(capacity).fill(undefined);
    this.#asked = new Uint8Array(capacity);
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(capacity))).fill(NONE);
    this.#next = new Int32Array(capacity).fill(NONE);
  }

  /** The value kept for exactly this version of the item. */
  get(owner: number, item: number, version: number): T | undefined {
    const slot = this.#find(owner, item);
    if (slot === NONE || this.#versions[slot] !== version) return undefined;
    this.#asked[slot] = 1;
    return this.#values[slot];
  }

  /** Keeps `value`, in the place of another version of the item if there is one. */
  set(owner: number, item: number, version: number, value: T): void {
    let slot = this.#find(owner, item);
    if (slot === NONE) {
      slot = this.#freeSlot();
      const bucket = this.#bucketOf(owner, item);
      this.#owners[slot] = owner;
      this.#items[slot] = item;
      this.#asked[slot] = 0;
      this.#next[slot] = at(this.#first, bucket);
      this.#first[bucket] = slot;
    }
    this.#versions[slot] = version;
    this.#values[slot] = value;
  }

  #find(owner: number, item: number): number {
    let slot = at(this.#first, this.#bucketOf(owner, item));
    while (slot !== NONE && (this.#items[slot] !== item || this.#owners[slot] !== owner)) {
      slot = at(this.#next, slot);
    }
    return slot;
  }

  #freeSlot(): number {
    if (this.#size < this.#capacity) return this.#size++;
    for (let passed = 0; passed < MAX_PASSED && this.#asked[this.#hand] === 1; passed++) {
      this.#asked[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#capacity;
    }
    const slot = this.#hand;
    this.#hand = (this.#hand + 1) % this.#capacity;
    this.#unlink(slot);
    return slot;
  }

  #unlink(slot: number): void {
    const bucket = this.#bucketOf(at(this.#owners, slot), at(this.#items, slot));
    const next = at(this.#next, slot);
    let before = at(this.#first, bucket);
    if (before === slot) {
      this.#first[bucket] = next;
      return;
    }
    while (at(this.#next, before) !== slot) before = at(this.#next, before);
    this.#next[before] = next;
  }

  #bucketOf(owner: number, item: number): number {
    // Bitwise operators see 32 bits, so the high halves are mixed in apart. The odd factors are MurmurHash3's.
    let hash = Math.imul(item | 0, 0xcc9e2d51) ^ Math.imul((item / 2 ** 32) | 0, 0x1b873593);
    hash =
      Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) ^
      (owner | 0) ^
      Math.imul((owner / 2 ** 32) | 0, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (this.#first.length - 1);
  }
}

function at(array: Int32Array | Float64Array, index: number): number {
  return array[index] as number;
}
