import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockCache } from '../../src/crypto/clock-cache.ts';

/** Few enough to meet often; the large ones share their low 32 bits with the small ones. */
const id = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 2, Number.MAX_SAFE_INTEGER);
const call = fc.record({ read: fc.boolean(), owner: id, item: id, version: fc.constantFrom(1, 2) });

describe('a clock cache', () => {
  it('gives back the newest value of exactly what was asked for, or nothing, and keeps to its capacity', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(call, { maxLength: 300 }), (capacity, calls) => {
        const cache = new ClockCache<{ version: number }>(capacity);
        const newest = new Map<string, { version: number }>();
        for (const { read, owner, item, version } of calls) {
          const name = `${owner} ${item}`;
          if (read) {
            const known = newest.get(name);
            const expected = known?.version === version ? known : undefined;
            expect([undefined, expected]).toContain(cache.get(owner, item, version));
          } else {
            const value = { version };
            cache.set(owner, item, version, value);
            newest.set(name, value);
            expect(cache.get(owner, item, version)).toBe(value);
          }
        }
        const kept = [...newest].filter(([name, { version }]) => {
          const [owner, item] = name.split(' ').map(Number) as [number, number];
          return cache.get(owner, item, version) !== undefined;
        });
        expect(kept.length).toBe(Math.min(capacity, newest.size));
      }),
    );
  });

  it('gives up what no one asked for before what someone did', () => {
    const cache = new ClockCache<string>(3);
    for (const item of [1, 2, 3]) cache.set(0, item, 1, `value ${item}`);
    cache.get(0, 1, 1);
    cache.get(0, 3, 1);
    cache.set(0, 4, 1, 'value 4');
    expect([1, 2, 3, 4].map((item) => cache.get(0, item, 1))).toEqual([
      'value 1',
      undefined,
      'value 3',
      'value 4',
    ]);
  });

  it('takes in a new value also when everything it has was asked for', () => {
    const cache = new ClockCache<number>(1000);
    for (let item = 0; item < 1000; item++) cache.set(0, item, 1, item);
    for (let item = 0; item < 1000; item++) cache.get(0, item, 1);
    cache.set(0, 1000, 1, 1000);
    const kept = Array.from({ length: 1001 }, (_, item) => cache.get(0, item, 1)).filter(
      (value) => value !== undefined,
    );
    expect(kept).toHaveLength(1000);
    expect(cache.get(0, 1000, 1)).toBe(1000);
  });

  it('drops the old version of an item when it learns a new one', () => {
    const cache = new ClockCache<string>(10);
    cache.set(1, 1, 1, 'old');
    cache.set(1, 1, 2, 'new');
    expect(cache.get(1, 1, 1)).toBeUndefined();
    expect(cache.get(1, 1, 2)).toBe('new');
  });

  it('refuses a capacity that is no positive whole number', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN])
      expect(() => new ClockCache(capacity)).toThrow(RangeError);
  });
});
