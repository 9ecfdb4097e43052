import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientNumbers } from '../../../src/store/judging/client-numbers.ts';

const call = fc.record({
  accountId: fc.constantFrom(1, 2, 2 ** 40),
  clientId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  /** null: it is only asked for. */
  id: fc.option(fc.integer({ min: 1, max: 3 })),
});

describe('the numbers of clients', () => {
  it('are those that were set last for exactly this account and name, or unknown, and no more than fit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(call, { maxLength: 200 }), (capacity, calls) => {
        const numbers = new ClientNumbers(capacity);
        const newest = new Map<string, { id: number; secretVersion: number }>();
        for (const [version, { accountId, clientId, id }] of calls.entries()) {
          const name = `${accountId} ${clientId}`;
          if (id === null) {
            expect([undefined, newest.get(name)]).toContainEqual(numbers.get(accountId, clientId));
            continue;
          }
          const number = { id, secretVersion: 2 ** 47 + version };
          numbers.set(accountId, clientId, number.id, number.secretVersion);
          newest.set(name, number);
          expect(numbers.get(accountId, clientId)).toEqual(number);
        }
        const kept = [...newest.keys()].filter((name) => {
          const [accountId = '', clientId = ''] = name.split(' ');
          return numbers.get(Number(accountId), clientId) !== undefined;
        });
        expect(kept).toHaveLength(Math.min(capacity, newest.size));
      }),
    );
  });

  it('give up what no one asked for before what someone did', () => {
    const numbers = new ClientNumbers(3);
    for (const [index, name] of ['a', 'b', 'c'].entries()) numbers.set(1, name, index, 1);
    numbers.get(1, 'a');
    numbers.get(1, 'c');
    numbers.set(1, 'd', 3, 1);
    expect(['a', 'b', 'c', 'd'].map((name) => numbers.get(1, name)?.id)).toEqual([0, undefined, 2, 3]);
  });

  it('are all known however often all of them are asked for in turn, as long as they fit', () => {
    const numbers = new ClientNumbers(1_000);
    let unknown = 0;
    for (let call = 0; call < 10_000; call++) {
      const name = `client-${(call * 37) % 1_000}`;
      if (numbers.get(1, name) !== undefined) continue;
      unknown++;
      numbers.set(1, name, call, 1);
    }
    expect(unknown).toBe(1_000);
  });
});
