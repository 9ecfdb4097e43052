/** The tree against the vectors of Certificate Transparency's own tests, and against the definitions of RFC 6962. */

import { createHash } from 'node:crypto';
import {
  CompactRange,
  consistencyRanges,
  edgeTiles,
  extendTiles,
  foldNodes,
  type Hash,
  inclusionRanges,
  type LeafRange,
  LogTreeError,
  nodesOf,
  rootFromInclusion,
  type Tile,
  TileSet,
  TreeHasher,
  tilesOfRanges,
  verifiesConsistency,
} from '@kanda/tlog';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from './ed25519.ts';

const hasher = new TreeHasher(sha256);
const hex = (hash: Uint8Array | null) => (hash === null ? null : Buffer.from(hash).toString('hex'));
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

/** certificate-transparency: cpp/merkletree/merkle_tree_test.cc. */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const A = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const B = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const C = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const D = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const E = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const F = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';

/** RFC 6962 §2.1 read aloud: slow, and in one line. */
function naiveRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length <= 1) return leaves[0] ?? sha256(new Uint8Array(0));
  const split = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  const pair = [Uint8Array.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))];
  return new Uint8Array(createHash('sha256').update(Buffer.concat(pair)).digest());
}

const leafOf = (number: number) => hasher.leaf(new TextEncoder().encode(`event ${number}`));
const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => leafOf(at));
const MANY = leavesOf(70_000);
const rangeIn =
  (leaves: readonly Hash[]) =>
  ([from, to]: LeafRange) =>
    naiveRoot(leaves.slice(from, to));

function rootOf(leaves: readonly Hash[]): Hash {
  const range = new CompactRange(hasher);
  for (const leaf of leaves) range.append(leaf);
  return range.root();
}

describe("Certificate Transparency's vectors", () => {
  const leaves = CT_LEAVES.map((leaf) => hasher.leaf(bytes(leaf)));

  test('the empty tree and the trees of one to eight leaves have the published roots', () => {
    expect(hex(hasher.empty())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(CT_ROOTS.map((_, at) => hex(rootOf(leaves.slice(0, at + 1))))).toEqual(CT_ROOTS);
  });

  test.each([
    [0, 1, []],
    [0, 8, [A, B, C]],
    [5, 8, [D, E, CT_ROOTS[3]]],
    [2, 3, [CT_ROOTS[1]]],
    [1, 5, [CT_ROOTS[0], B, D]],
  ])('leaf %i of %i is proven by the published path', (index, size, path) => {
    expect(inclusionRanges(index, size).map((range) => hex(rangeIn(leaves)(range)))).toEqual(path);
    const proof = path.map((hash) => bytes(hash as string));
    expect(hex(rootFromInclusion(hasher, leaves[index] as Hash, index, size, proof))).toBe(
      CT_ROOTS[size - 1],
    );
  });

  test.each([
    [1, 1, []],
    [1, 8, [A, B, C]],
    [6, 8, [F, E, CT_ROOTS[3]]],
    [2, 5, [B, D]],
  ])('that the tree of %i begins the tree of %i is proven by the published path', (first, second, path) => {
    expect(consistencyRanges(first, second).map((range) => hex(rangeIn(leaves)(range)))).toEqual(path);
    const tree = (size: number) => ({ size, root: bytes(CT_ROOTS[size - 1] as string) });
    const proof = path.map((hash) => bytes(hash as string));
    expect(verifiesConsistency(hasher, tree(first), tree(second), proof)).toBe(true);
  });
});

describe('for every size up to 260', () => {
  const leaves = MANY.slice(0, 260);
  const roots = [hasher.empty(), ...leaves.map((_, at) => rootOf(leaves.slice(0, at + 1)))];
  const nodes = new Map<string, Hash>();
  const everything = new CompactRange(hasher);
  for (const leaf of leaves)
    everything.append(leaf, (level, index, hash) => nodes.set(`${level}/${index}`, hash));
  const hashOf = (range: LeafRange) =>
    foldNodes(
      hasher,
      nodesOf(range).map(({ level, index }) => nodes.get(`${level}/${index}`) as Hash),
    );

  test('the root is that of the definition', () => {
    for (const size of [0, 1, 2, 3, 7, 8, 9, 100, 127, 128, 129, 255, 256, 257, 260]) {
      expect(hex(roots[size] as Hash)).toBe(hex(naiveRoot(leaves.slice(0, size))));
    }
  });

  test('each leaf has a proof that leads to the root, and with no other leaf, place or size', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const root = hex(roots[size] as Hash);
      for (let index = 0; index < size; index++) {
        const proof = inclusionRanges(index, size).map(hashOf);
        const leaf = leaves[index] as Hash;
        if (hex(rootFromInclusion(hasher, leaf, index, size, proof)) !== root) {
          throw new Error(`leaf ${index} of ${size}`);
        }
        if ((index + size) % 37 !== 0) continue;
        expect(hex(rootFromInclusion(hasher, leafOf(-1), index, size, proof))).not.toBe(root);
        expect(rootFromInclusion(hasher, leaf, index, size, [...proof, leaf])).toBeNull();
        if (size > 1) {
          const other = index === 0 ? 1 : index - 1;
          expect(hex(rootFromInclusion(hasher, leaf, other, size, proof))).not.toBe(root);
          expect(hex(rootFromInclusion(hasher, leaf, index, size, proof.slice(1)))).not.toBe(root);
        }
      }
    }
    expect(rootFromInclusion(hasher, leaves[0] as Hash, 3, 3, [])).toBeNull();
  });

  test('each tree is proven to begin each longer one, and no tree with another root is', () => {
    const tree = (size: number, root = roots[size] as Hash) => ({ size, root });
    for (let second = 1; second <= leaves.length; second++) {
      for (let first = 1; first <= second; first++) {
        const proof = consistencyRanges(first, second).map(hashOf);
        if (!verifiesConsistency(hasher, tree(first), tree(second), proof))
          throw new Error(`${first} of ${second}`);
        if ((first + second) % 41 !== 0) continue;
        expect(verifiesConsistency(hasher, tree(first, leafOf(-1)), tree(second), proof)).toBe(false);
        expect(verifiesConsistency(hasher, tree(first), tree(second, leafOf(-1)), proof)).toBe(false);
        expect(verifiesConsistency(hasher, tree(first), tree(second), [...proof, leafOf(-1)])).toBe(false);
        if (proof.length > 0)
          expect(verifiesConsistency(hasher, tree(first), tree(second), proof.slice(1))).toBe(false);
      }
    }
    expect(verifiesConsistency(hasher, tree(2), tree(1), [])).toBe(false);
  });
});

test('a change of any leaf, two that change places, one less or one more: each gives another root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(), fc.nat(), (size, one, other) => {
      const leaves = MANY.slice(0, size);
      const root = hex(rootOf(leaves));
      const at = one % size;
      expect(hex(rootOf(leaves.with(at, leafOf(-1))))).not.toBe(root);
      expect(hex(rootOf(leaves.toSpliced(at, 1)))).not.toBe(root);
      expect(hex(rootOf(leaves.toSpliced(at, 0, leafOf(-1))))).not.toBe(root);
      const to = other % size;
      if (to === at) return;
      const swapped = leaves.with(at, leaves[to] as Hash).with(to, leaves[at] as Hash);
      expect(hex(rootOf(swapped))).not.toBe(root);
    }),
    { numRuns: 100 },
  );
});

describe('tiles', () => {
  /** A store of tiles that grows in the given steps. */
  function tilesAfter(steps: readonly number[]): Map<string, Tile> {
    const tiles = new Map<string, Tile>();
    let size = 0;
    for (const step of steps) {
      const edge = edgeTiles(size).map(({ level, index }) => tiles.get(`${level}/${index}`) as Tile);
      for (const tile of extendTiles(hasher, size, edge, MANY.slice(size, size + step)))
        tiles.set(`${tile.level}/${tile.index}`, tile);
      size += step;
    }
    return tiles;
  }

  test('are the same however the log grew, and give every root and proof', () => {
    const whole = tilesAfter([66_000]);
    const inSteps = tilesAfter([1, 254, 1, 1, 255, 300, 64_723, 1, 464]);
    expect([...inSteps.keys()].sort()).toEqual([...whole.keys()].sort());
    for (const [key, tile] of whole)
      expect(Buffer.compare(tile.hashes, inSteps.get(key)?.hashes ?? Buffer.of())).toBe(0);
    expect(whole.get('2/0')?.hashes).toHaveLength(32);
    expect(whole.get('1/1')?.hashes).toHaveLength(32);
    const all = new TileSet(hasher, [...whole.values()]);
    for (const size of [1, 2, 255, 256, 257, 511, 512, 4_096, 65_535, 65_536, 65_537, 66_000]) {
      const root = hex(rootOf(MANY.slice(0, size)));
      expect(hex(all.range([0, size]))).toBe(root);
      for (const index of [0, Math.floor(size / 3), size - 1]) {
        const ranges = inclusionRanges(index, size);
        // Only the tiles that are named are read: at most two of each level.
        const named = tilesOfRanges([...ranges, [index, index + 1]]);
        expect(named.length).toBeLessThanOrEqual(6);
        const read = new TileSet(
          hasher,
          named.map(({ level, index }) => whole.get(`${level}/${index}`) as Tile),
        );
        const proof = ranges.map((range) => read.range(range));
        expect(hex(rootFromInclusion(hasher, MANY[index] as Hash, index, size, proof))).toBe(root);
      }
    }
  });

  test('that are not there, or end too early, are reported', () => {
    const [tile] = extendTiles(hasher, 0, [], MANY.slice(0, 5)) as [Tile];
    expect(() => new TileSet(hasher, [tile]).range([0, 6])).toThrow(LogTreeError);
    expect(() => new TileSet(hasher, []).range([0, 1])).toThrow('the stored tree lacks a part of tile 0/0');
    expect(() => extendTiles(hasher, 6, [tile], [leafOf(6)])).toThrow(LogTreeError);
  });
});
