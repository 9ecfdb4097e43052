/**
 * The Merkle tree of RFC 6962 §2.1 (the same as RFC 9162 §2.1): how leaves and nodes are hashed, what a proof
 * consists of, and how it is verified. Tree sizes may exceed 32 bits, so nothing here uses bitwise operators.
 */

/** SHA-256. The package has no hash of its own. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** 32 bytes. */
export type Hash = Uint8Array;

export const HASH_LENGTH = 32;

/** A complete subtree: it has 2^level leaves, of which the first is `index` × 2^level, counted from 0. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Leaves `from` (counted from 0) up to but not including `to`. */
export type LeafRange = readonly [from: number, to: number];

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

/** RFC 6962 §2.1. The prefixes keep a leaf from being passed off as a node. */
export class TreeHasher {
  readonly #sha256: Sha256;
  // Both are filled anew for each hash: a million arrays of their own would be slower than the hashing.
  readonly #node = new Uint8Array(1 + 2 * HASH_LENGTH);
  #leaf = new Uint8Array(1_024);

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
    this.#node[0] = NODE_PREFIX;
  }

  /** The root of a tree without leaves. */
  empty(): Hash {
    return this.#sha256(new Uint8Array(0));
  }

  leaf(entry: Uint8Array): Hash {
    if (entry.length >= this.#leaf.length) this.#leaf = new Uint8Array(2 * entry.length);
    this.#leaf[0] = LEAF_PREFIX;
    this.#leaf.set(entry, 1);
    return this.#sha256(this.#leaf.subarray(0, 1 + entry.length));
  }

  node(left: Hash, right: Hash): Hash {
    this.#node.set(left, 1);
    this.#node.set(right, 1 + HASH_LENGTH);
    return this.#sha256(this.#node);
  }
}

/** The complete subtrees that make up a range, left to right. `from` must be 0 or come from a proof's ranges. */
export function nodesOf([from, to]: LeafRange): NodeId[] {
  const nodes: NodeId[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    let width = 1;
    while (width * 2 <= to - at) {
      width *= 2;
      level++;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** The hash of a range from those of its complete subtrees, left to right; for none, that of the empty tree. */
export function foldNodes(hasher: TreeHasher, hashes: readonly Hash[]): Hash {
  const last = hashes.at(-1);
  if (last === undefined) return hasher.empty();
  return hashes.slice(0, -1).reduceRight((right, left) => hasher.node(left, right), last);
}

/**
 * The ranges whose hashes prove that leaf `index` (from 0) is in the tree of the first `size` leaves, from the
 * leaf up (RFC 9162 §2.1.3.1).
 */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
  const ranges: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.push([middle, to]);
      to = middle;
    } else {
      ranges.push([from, middle]);
      from = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The ranges whose hashes prove that the tree of the first `size` leaves begins with that of the first
 * `first` leaves (RFC 9162 §2.1.4.1).
 */
export function consistencyRanges(first: number, size: number): LeafRange[] {
  if (!(first >= 1 && first <= size)) throw new RangeError(`no tree of ${size} begins with one of ${first}`);
  const ranges: LeafRange[] = [];
  let [from, to] = [0, size];
  let whole = true;
  while (first !== to) {
    const middle = from + splitOf(to - from);
    if (first <= middle) {
      ranges.push([middle, to]);
      to = middle;
    } else {
      ranges.push([from, middle]);
      from = middle;
      whole = false;
    }
  }
  // The verifier knows the first tree's own root.
  if (!whole) ranges.push([from, to]);
  return ranges.reverse();
}

/** The root that a leaf and its proof lead to, or null when the proof has the wrong length (RFC 9162 §2.1.3.2). */
export function rootFromInclusion(
  hasher: TreeHasher,
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
): Hash | null {
  if (!(index >= 0 && index < size)) return null;
  let [node, last, root] = [index, size - 1, leaf];
  for (const hash of proof) {
    if (last === 0) return null;
    if (isOdd(node) || node === last) {
      root = hasher.node(hash, root);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      root = hasher.node(root, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? root : null;
}

/** Whether the proof shows that the second tree begins with the first (RFC 9162 §2.1.4.2). */
export function verifiesConsistency(
  hasher: TreeHasher,
  first: { readonly size: number; readonly root: Hash },
  second: { readonly size: number; readonly root: Hash },
  proof: readonly Hash[],
): boolean {
  if (first.size < 1 || first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && sameBytes(first.root, second.root);
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof;
  const [start, ...rest] = path;
  if (start === undefined) return false;
  let [node, last] = [first.size - 1, second.size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  let [firstRoot, secondRoot] = [start, start];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      firstRoot = hasher.node(hash, firstRoot);
      secondRoot = hasher.node(hash, secondRoot);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      secondRoot = hasher.node(secondRoot, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameBytes(firstRoot, first.root) && sameBytes(secondRoot, second.root);
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** The largest power of two below `size`; `size` is 2 or more. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
