import { foldNodes, type Hash, type NodeId, nodesOf, type TreeHasher } from './merkle.ts';

/** Called with each complete subtree that an appended leaf finishes, the leaf itself first. */
export type NodeSeen = (level: number, index: number, hash: Hash) => void;

/**
 * A tree that grows leaf by leaf, of which only the right edge is kept: at most one hash for each bit of its
 * size. Enough for its root, and for going on.
 */
export class CompactRange {
  readonly #hasher: TreeHasher;
  readonly #nodes: Hash[];
  #size: number;

  /** The empty tree; or, with the hashes of `nodesOf([0, size])`, one that has leaves already. */
  constructor(hasher: TreeHasher, size = 0, nodes: readonly Hash[] = []) {
    if (nodesOf([0, size]).length !== nodes.length) {
      throw new RangeError(`${nodes.length} hashes are not the edge of a tree of ${size}`);
    }
    this.#hasher = hasher;
    this.#size = size;
    this.#nodes = [...nodes];
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Hash, seen?: NodeSeen): void {
    let hash = leaf;
    let level = 0;
    let index = this.#size;
    seen?.(level, index, hash);
    while (index % 2 === 1) {
      hash = this.#hasher.node(this.#nodes.pop() as Hash, hash);
      level++;
      index = (index - 1) / 2;
      seen?.(level, index, hash);
    }
    this.#nodes.push(hash);
    this.#size++;
  }

  root(): Hash {
    return foldNodes(this.#hasher, this.#nodes);
  }

  /** The same tree, to go on differently. */
  clone(): CompactRange {
    return new CompactRange(this.#hasher, this.#size, this.#nodes);
  }
}

/** The complete subtrees of which the edge of a tree of this size consists. */
export function edgeOf(size: number): NodeId[] {
  return nodesOf([0, size]);
}
