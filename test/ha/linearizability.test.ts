/** The search gives the verdict that trying every order gives, on histories that are known good, known bad, and made up. */
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { type Model, nonLinearizable, type Operation } from './linearizability.ts';

/** A register that holds one number. `read`: what was read; `write`: what was written. */
interface RegisterOp extends Operation {
  readonly write?: number;
  readonly read?: number;
}

const register: Model<number, RegisterOp> = {
  initial: 0,
  next(state, { write, read }) {
    if (write !== undefined) return [write];
    return read === undefined || read === state ? [state] : [];
  },
  keyOf: String,
};
const UNKNOWN = Number.POSITIVE_INFINITY;

describe('a history is linearizable', () => {
  test.each<[string, RegisterOp[]]>([
    ['without operations', []],
    ['one after the other', [wrote(1, 0, 1), read(1, 2, 3)]],
    ['a read beside a write sees the old value', [wrote(1, 0, 10), read(0, 2, 3)]],
    ['a read beside a write sees the new value', [wrote(1, 0, 10), read(1, 2, 3)]],
    ['two writes at once, in either order', [wrote(1, 0, 10), wrote(2, 0, 10), read(1, 11, 12)]],
    ['a write of unknown outcome that happened', [wrote(1, 0, UNKNOWN), read(1, 2, 3)]],
    ['a write of unknown outcome that never happened', [wrote(1, 0, UNKNOWN), read(0, 50, 60)]],
    ['a write of unknown outcome that happens late', [wrote(1, 0, UNKNOWN), read(0, 2, 3), read(1, 4, 5)]],
  ])('%s', (_, history) => {
    expect(nonLinearizable(register, history)).toBeNull();
    expect(byAllOrders(history)).toBe(true);
  });
});

describe('a history is not linearizable', () => {
  test.each<[string, RegisterOp[]]>([
    ['a stale read', [wrote(1, 0, 1), read(0, 2, 3)]],
    ['a value that was never written', [wrote(1, 0, 1), read(2, 0, 3)]],
    ['a read that goes back', [wrote(1, 0, 10), read(1, 2, 3), read(0, 4, 5)]],
    ['an unknown write that is undone', [wrote(1, 0, UNKNOWN), read(1, 2, 3), read(0, 4, 5)]],
    ['a write that was lost', [wrote(1, 0, 1), wrote(2, 2, 3), read(1, 4, 5)]],
    ['two readers who see two orders', [wrote(1, 0, 9), wrote(2, 0, 9), read(1, 10, 11), read(2, 12, 13)]],
  ])('%s', (_, history) => {
    expect(nonLinearizable(register, history)).not.toBeNull();
    expect(byAllOrders(history)).toBe(false);
  });

  test('and what could be put in order is shown', () => {
    const [write, good, bad] = [wrote(1, 0, 1), read(1, 2, 3), read(0, 4, 5)];
    expect(nonLinearizable(register, [write, good, bad])).toEqual([write, good]);
  });
});

test('the search agrees with trying every order, on 3,000 made-up histories', () => {
  const random = new Random(20_260_131);
  let good = 0;
  for (let round = 0; round < 3_000; round++) {
    const history = Array.from({ length: 1 + random.below(6) }, () => madeUp(random));
    const expected = byAllOrders(history);
    if (expected) good++;
    expect(nonLinearizable(register, history) === null, JSON.stringify(history)).toBe(expected);
  }
  // Of both there were many, or nothing was shown.
  expect(good).toBeGreaterThan(500);
  expect(good).toBeLessThan(2_500);
});

test('what happened at moments between call and answer is linearizable, a hundred operations long', () => {
  const random = new Random(7);
  let value = 0;
  const history = Array.from({ length: 100 }, (_, moment) => {
    const [begun, ended] = [moment - random.below(3), moment + random.below(3)];
    const kind = random.below(10);
    if (kind < 5) return read(value, begun, ended);
    // Of those without a known outcome every other one happened.
    if (kind < 9 || random.below(2) === 0) value = moment;
    return wrote(moment, begun, kind < 8 ? ended : UNKNOWN);
  });
  expect(nonLinearizable(register, history)).toBeNull();
});

function wrote(write: number, begun: number, ended: number): RegisterOp {
  return { write, begun, ended };
}

function read(value: number, begun: number, ended: number): RegisterOp {
  return { read: value, begun, ended };
}

function madeUp(random: Random): RegisterOp {
  const begun = random.below(8);
  const ended = begun + 1 + random.below(4);
  if (random.below(2) === 0) return read(random.below(3), begun, ended);
  return wrote(1 + random.below(2), begun, random.below(4) === 0 ? UNKNOWN : ended);
}

/** Whether any order, of any choice of those without a known outcome, is right: as the definition has it. */
function byAllOrders(history: readonly RegisterOp[]): boolean {
  const must = history.filter(({ ended }) => ended !== UNKNOWN);
  function goesOn(value: number, done: readonly RegisterOp[]): boolean {
    if (must.every((operation) => done.includes(operation))) return true;
    return history.some((operation) => {
      if (done.includes(operation)) return false;
      const before = history.filter((other) => other.ended < operation.begun);
      if (!before.every((other) => done.includes(other))) return false;
      if (operation.write !== undefined) return goesOn(operation.write, [...done, operation]);
      return operation.read === value && goesOn(value, [...done, operation]);
    });
  }
  return goesOn(0, []);
}
