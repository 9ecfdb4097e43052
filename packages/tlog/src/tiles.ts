/**
 * The tree as it is stored: in tiles of C2SP tlog-tiles. A tile holds up to 256 hashes side by side; those of
 * level 0 are leaves, and a hash of level n + 1 covers a full tile of level n. Nothing between is stored,
 * as 255 hashings give it back.
 */
import { CompactRange, edgeOf } from './compact-range.ts';
import {
  foldNodes,
  HASH_LENGTH,
  type Hash,
  type LeafRange,
  type NodeId,
  nodesOf,
  type TreeHasher,
} from './merkle.ts';

export const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

export interface TileId {
  readonly level: number;
  readonly index: number;
}

/** `hashes`: one after the other, up to 256 of them. */
export interface Tile extends TileId {
  readonly hashes: Uint8Array;
}

/** The stored tree lacks what it must have: it was altered, or damaged. */
export class LogTreeError extends Error {
  override readonly name = 'LogTreeError';
}

/** Tiles that were read, by place. */
export class TileSet {
  readonly #hasher: TreeHasher;
  readonly #tiles: ReadonlyMap<string, Uint8Array>;

  constructor(hasher: TreeHasher, tiles: readonly Tile[]) {
    this.#hasher = hasher;
    this.#tiles = new Map(tiles.map((tile) => [keyOf(tile), tile.hashes]));
  }

  /** @throws {LogTreeError} when the tile is not there or ends too early */
  node(id: NodeId): Hash {
    const { tile, first, count } = placeOf(id);
    const hashes = this.#tiles.get(keyOf(tile));
    if (hashes === undefined || hashes.length < (first + count) * HASH_LENGTH) {
      throw new LogTreeError(`the stored tree lacks a part of tile ${tile.level}/${tile.index}`);
    }
    const from = first * HASH_LENGTH;
    let row: Hash[] = Array.from({ length: count }, (_, at) =>
      hashes.slice(from + at * HASH_LENGTH, from + (at + 1) * HASH_LENGTH),
    );
    while (row.length > 1) {
      row = Array.from({ length: row.length / 2 }, (_, at) =>
        this.#hasher.node(row[2 * at] as Hash, row[2 * at + 1] as Hash),
      );
    }
    return row[0] as Hash;
  }

  range(range: LeafRange): Hash {
    return foldNodes(
      this.#hasher,
      nodesOf(range).map((node) => this.node(node)),
    );
  }
}

/** The tiles that hold these subtrees, each once. */
export function tilesOf(nodes: readonly NodeId[]): TileId[] {
  return [...new Map(nodes.map((node) => [keyOf(placeOf(node).tile), placeOf(node).tile])).values()];
}

/** The tiles that hold what these ranges consist of. */
export function tilesOfRanges(ranges: readonly LeafRange[]): TileId[] {
  return tilesOf(ranges.flatMap(nodesOf));
}

/** The tiles at the right edge of a tree, which are not full: what an append goes on from. */
export function edgeTiles(size: number): TileId[] {
  return tilesOf(edgeOf(size));
}

/**
 * Appends leaves to the tree of the first `size` ones.
 *
 * @param edge the tiles that {@link edgeTiles} names
 * @returns the tiles that are new or have become longer
 */
export function extendTiles(
  hasher: TreeHasher,
  size: number,
  edge: readonly Tile[],
  leaves: readonly Hash[],
): Tile[] {
  const before = new TileSet(hasher, edge);
  const range = new CompactRange(
    hasher,
    size,
    edgeOf(size).map((node) => before.node(node)),
  );
  const old = new Map(edge.map((tile) => [keyOf(tile), tile.hashes]));
  const grown = new Map<string, { readonly id: TileId; readonly bytes: Uint8Array; width: number }>();
  for (const leaf of leaves) {
    range.append(leaf, (level, index, hash) => {
      if (level % TILE_HEIGHT !== 0) return;
      const id = { level: level / TILE_HEIGHT, index: Math.floor(index / TILE_WIDTH) };
      const at = index % TILE_WIDTH;
      let tile = grown.get(keyOf(id));
      if (tile === undefined) {
        tile = { id, bytes: new Uint8Array(TILE_WIDTH * HASH_LENGTH), width: at };
        if (at > 0) tile.bytes.set(old.get(keyOf(id))?.subarray(0, at * HASH_LENGTH) ?? []);
        grown.set(keyOf(id), tile);
      }
      tile.bytes.set(hash, at * HASH_LENGTH);
      tile.width = at + 1;
    });
  }
  return [...grown.values()].map(({ id, bytes, width }) => ({
    ...id,
    hashes: bytes.slice(0, width * HASH_LENGTH),
  }));
}

/** In which tile a subtree stands, and which of its hashes make it up. */
function placeOf({ level, index }: NodeId): { tile: TileId; first: number; count: number } {
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  return {
    tile: { level: Math.floor(level / TILE_HEIGHT), index: Math.floor(first / TILE_WIDTH) },
    first: first % TILE_WIDTH,
    count,
  };
}

function keyOf({ level, index }: TileId): string {
  return `${level}/${index}`;
}
