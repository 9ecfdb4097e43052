import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packTimes, unpackTimes } from '../../../src/store/judging/recent-failures.ts';

describe('the times of recent failures', () => {
  it('come back as they were packed, in their order, for every time until the year 10889', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(times, (list) => {
        expect(unpackTimes(packTimes(list))).toEqual(list);
      }),
    );
    expect(new Date(2 ** 48 - 1).getUTCFullYear()).toBe(10_889);
  });

  it('take six bytes each, and none take no bytes at all', () => {
    expect(packTimes([])).toBeNull();
    expect(packTimes([1, 2, 3])).toHaveLength(18);
    expect(unpackTimes(null)).toEqual([]);
    expect(unpackTimes(new Uint8Array())).toEqual([]);
  });

  it('are big-endian milliseconds, which is what is in every store', () => {
    expect([...(packTimes([1, 0x0102_0304_0506]) ?? [])]).toEqual([0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6]);
  });

  it('are read from where they are in a larger buffer', () => {
    const whole = new Uint8Array([255, 255, 0, 0, 0, 0, 0, 7, 255]);
    expect(unpackTimes(whole.subarray(2, 8))).toEqual([7]);
  });

  it('that cannot be written are refused, not wrapped around', () => {
    for (const time of [-1, 2 ** 48]) expect(() => packTimes([time])).toThrow(RangeError);
  });
});
