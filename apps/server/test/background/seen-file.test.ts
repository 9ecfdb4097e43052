import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSeenFile, SEEN_FILE, SeenKeeper } from '../../src/background/seen-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-seen-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keeperAt(path: string) {
  const warnings: string[] = [];
  let generation = 0;
  const keeper = new SeenKeeper({
    store: { noteSeen: async (id) => ({ id, generation: ++generation }) },
    path,
    masterKeyId: 'mk_1',
    freshId: () => 'store-1',
    now: () => 1_700_000_000_000,
    warn: (message) => warnings.push(message),
  });
  return { keeper, warnings, counted: () => generation };
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
    expect(existsSync(`${path}.draft`)).toBe(false);
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
    expect(warnings).toEqual([expect.stringContaining('this node does not notice a store that was lost')]);
    expect(counted()).toBe(2);
  });

  test('is as it was when another process has just begun to write it', async () => {
    const path = join(folder, SEEN_FILE);
    const { keeper } = keeperAt(path);
    await keeper.note();
    writeFileSync(`${path}.draft`, '');
    await keeper.note();
    expect(readSeenFile(path)?.generation).toBe(1);
    rmSync(`${path}.draft`);
    await keeper.note();
    expect(readSeenFile(path)?.generation).toBe(3);
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
