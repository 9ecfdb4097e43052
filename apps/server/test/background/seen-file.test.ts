import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSeenFile, SEEN_FILE, SeenKeeper } from '../../src/background/seen-file.ts';
import type { StoreSeen } from '../../src/domain/store-seen.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-seen-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keeperAt(path: string) {
  const warnings: string[] = [];
  let store: StoreSeen = { id: 'store-1', generation: 0 };
  const keeper = new SeenKeeper({
    store: {
      async noteSeen(_freshId, remembered) {
        const goesOn = remembered === null || remembered.id === store.id;
        if (!goesOn || store.generation < (remembered?.generation ?? 0)) return store;
        store = { ...store, generation: store.generation + 1 };
        return store;
      },
    },
    wayOut: 'Do this.',
    path,
    masterKeyId: 'mk_1',
    freshId: () => 'store-1',
    now: () => 1_700_000_000_000,
    warn: (message) => warnings.push(message),
  });
  return {
    keeper,
    warnings,
    counted: () => store.generation,
    becomes: (other: StoreSeen) => (store = other),
  };
}

describe('what a node remembers of its store', () => {
  test('is what the store counted to last, readable for its owner alone', async () => {
    const path = join(folder, 'made', SEEN_FILE);
    const { keeper } = keeperAt(path);
    expect(readSeenFile(path)).toBeNull();
    await keeper.note();
    await keeper.note();
    expect(readSeenFile(path)).toEqual({
      id: 'store-1',
      generation: 2,
      at: '2023-11-14T22:13:20.000Z',
      masterKey: 'mk_1',
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'made'))).toEqual([SEEN_FILE]);
  });

  test('of many that ask at once each has a count that began after it', async () => {
    const path = join(folder, SEEN_FILE);
    const { keeper, counted } = keeperAt(path);
    await Promise.all(Array.from({ length: 50 }, () => keeper.note()));
    expect(counted()).toBe(1);
    expect(readSeenFile(path)?.generation).toBe(1);
  });

  test('is not kept where nothing can be written: that is said once, and the store goes on counting', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { keeper, warnings, counted } = keeperAt(join(file, SEEN_FILE));
    await keeper.note();
    await keeper.note();
    expect(warnings).toEqual([
      expect.stringContaining('this node does not notice at its next start a store that was lost'),
    ]);
    expect(counted()).toBe(2);
  });

  test('is kept again once something can be written, and a failure after that is said again', async () => {
    const blocked = join(folder, 'made');
    writeFileSync(blocked, '');
    const { keeper, warnings } = keeperAt(join(blocked, SEEN_FILE));
    await keeper.note();
    rmSync(blocked);
    await keeper.note();
    expect(readSeenFile(join(blocked, SEEN_FILE))?.generation).toBe(2);
    rmSync(blocked, { recursive: true });
    writeFileSync(blocked, '');
    await keeper.note();
    expect(warnings).toHaveLength(2);
  });

  test('is written while other processes of the node write it', async () => {
    const path = join(folder, SEEN_FILE);
    const keepers = Array.from({ length: 8 }, () => keeperAt(path));
    for (let rounds = 0; rounds < 5; rounds++) await Promise.all(keepers.map(({ keeper }) => keeper.note()));
    expect(keepers.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(readSeenFile(path)?.generation).toBe(5);
    expect(readdirSync(folder)).toEqual([SEEN_FILE]);
  });

  test('drafts that were left by a kill are removed, those of now are not', async () => {
    const path = join(folder, SEEN_FILE);
    for (const draft of ['left', 'new']) writeFileSync(`${path}.${draft}.draft`, '');
    utimesSync(`${path}.left.draft`, 0, 0);
    await keeperAt(path).keeper.note();
    expect(readdirSync(folder).sort()).toEqual([SEEN_FILE, `${SEEN_FILE}.new.draft`]);
  });

  // Seen to fail without the comparison: the lower count, and the other id, were written over what the node remembered.
  test.each([
    ['an older state of it', { id: 'store-1', generation: 1 }, 'is older than it was'],
    ['another store', { id: 'store-2', generation: 700 }, 'is not the store that this node had before'],
  ])('is not overwritten by %s in its place, and the server judges no more', async (_what, other, words) => {
    for (const isSameProcess of [true, false]) {
      const path = join(folder, `${isSameProcess}-${SEEN_FILE}`);
      const before = keeperAt(path);
      for (let counts = 0; counts < 3; counts++) await before.keeper.note();
      const text = readFileSync(path, 'utf8');
      const { keeper, warnings, counted, becomes } = isSameProcess ? before : keeperAt(path);
      expect(keeper.lost).toBeNull();
      becomes(other);
      await keeper.note();
      await keeper.note();
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(counted()).toBe(other.generation);
      expect(keeper.lost).toMatch(new RegExp(`${words}.* Do this.`));
      expect(warnings).toEqual([expect.stringContaining('Nothing is judged any more')]);
      // Not before the server is started anew, even if the count is above again.
      becomes({ id: 'store-1', generation: 9 });
      await keeper.note();
      expect(keeper.lost).not.toBeNull();
    }
  });

  test('is refused when it is damaged, with the place and a way out', async () => {
    const path = join(folder, SEEN_FILE);
    await keeperAt(path).keeper.note();
    const text = readFileSync(path, 'utf8');
    for (const damaged of ['', text.slice(0, 20), '[]', '{"id":7}', 'null']) {
      writeFileSync(path, damaged);
      expect(() => readSeenFile(path)).toThrow(/store-seen is damaged.*move the file away/);
    }
  });
});
