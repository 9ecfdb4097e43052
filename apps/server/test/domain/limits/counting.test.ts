import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countThrough, type LimitCall, type LimitUses } from '../../../src/domain/limits/counting.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2027, 0, 1);

const rule = (name: string, limit: number) => ({ name, limit, windowMs: 15 * MINUTE_MS });

const calls: fc.Arbitrary<LimitCall[]> = fc.array(
  fc.record({
    rules: fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
      .map((names) => names.map((name) => rule(name, 3))),
    now: fc.integer({ min: NOW, max: NOW + 60 * MINUTE_MS }),
    kind: fc.constantFrom('take', 'return', 'confirm'),
  }),
  { maxLength: 60 },
);

describe('whatever is taken and given back', () => {
  test('no resource is used more often than its limit, and none less often than never', () => {
    fc.assert(
      fc.property(calls, (made) => {
        const uses: LimitUses = new Map();
        for (const call of made) {
          countThrough([call], uses);
          for (const use of uses.values()) expect(use.uses >= 0 && use.uses <= 3).toBe(true);
        }
      }),
    );
  });

  test('a call that is refused leaves everything as it was', () => {
    fc.assert(
      fc.property(calls, (made) => {
        const uses: LimitUses = new Map();
        for (const call of made) {
          const before = new Map(uses);
          const [state] = countThrough([call], uses);
          if (state?.allowed === false) expect(uses).toEqual(before);
        }
      }),
    );
  });

  test('calls that are counted together come to what they come to one by one', () => {
    fc.assert(
      fc.property(calls, (made) => {
        const together: LimitUses = new Map();
        const oneByOne: LimitUses = new Map();
        const states = countThrough(made, together);
        expect(made.flatMap((call) => countThrough([call], oneByOne))).toEqual(states);
        expect(oneByOne).toEqual(together);
      }),
    );
  });
});

test('a call without a rule is a fault of the caller', () => {
  expect(() => countThrough([{ rules: [], now: NOW, kind: 'take' as const }], new Map())).toThrow(RangeError);
});
