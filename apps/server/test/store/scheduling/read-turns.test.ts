/** Reads on the event loop: how much of a turn they take, and whose is next (SQLite). */
import { expect, test } from 'vitest';
import { ReadTurns } from '../../../src/store/scheduling/read-turns.ts';
import { expectFault } from '../contract/workbench.ts';

/** Turns whose reads take as long as they say: nothing here depends on the machine. */
function simulatedTurns(budgetMs = 2, perLane = 4_096) {
  let clock = 0;
  const turns = new ReadTurns({ perLane, budgetMs, now: () => clock });
  const order: string[] = [];
  const read = (lane: string, strideMs: number, strides = 1, name = lane) =>
    turns.run(lane, async (pause) => {
      for (let stride = 0; stride < strides; stride++) {
        if (stride > 0) await pause();
        clock += strideMs;
        order.push(name);
      }
      return name;
    });
  return { turns, order, read };
}

const turn = () => new Promise(setImmediate);

// Seen to fail with a stride for each read each turn: 300 strides in the first turn.
test('however many searches wait, a turn of the event loop holds one long stride', async () => {
  const { order, read } = simulatedTurns();
  const searches = Array.from({ length: 300 }, () => read('ada', 3, 2));
  for (let turns = 1; turns <= 20; turns++) {
    await turn();
    expect(order.length).toBeLessThanOrEqual(turns + 1);
  }
  await Promise.all(searches);
  expect(order).toHaveLength(600);
});

test('short reads share a turn', async () => {
  const { order, read } = simulatedTurns();
  const reads = Array.from({ length: 10 }, () => read('ada', 0.1));
  await turn();
  expect(order).toHaveLength(10);
  await Promise.all(reads);
});

test('a read that nothing is before begins at once', () => {
  const { order, read } = simulatedTurns();
  void read('ada', 0.1);
  expect(order).toEqual(['ada']);
});

// Seen to fail with lanes that take turns by count: bob's tenth read came after ten long ones of ada.
test('lanes take turns by the time that they use, so short reads do not wait for as many long ones', async () => {
  const { order, read } = simulatedTurns();
  const all = [
    ...Array.from({ length: 50 }, () => read('ada', 3)),
    ...Array.from({ length: 10 }, () => read('bob', 0.05)),
    read('carol', 3),
  ];
  await Promise.all(all);
  expect(order.lastIndexOf('bob')).toBeLessThan(14);
  expect(order.indexOf('carol')).toBeLessThan(14);
});

test('long reads of two accounts alternate', async () => {
  const { order, read } = simulatedTurns();
  await Promise.all([
    ...Array.from({ length: 20 }, () => read('ada', 3)),
    ...Array.from({ length: 5 }, () => read('bob', 3)),
  ]);
  expect(order.lastIndexOf('bob')).toBeLessThan(13);
});

test('within an account the search that was first is finished first', async () => {
  const { order, read } = simulatedTurns();
  await Promise.all([read('ada', 3, 3, 'one'), read('ada', 3, 2, 'two'), read('ada', 3, 1, 'three')]);
  expect(order).toEqual(['one', 'one', 'one', 'two', 'two', 'three']);
});

test('too many that wait in one lane are refused at once, and another lane still has room', async () => {
  const { read } = simulatedTurns(2, 5);
  const first = read('ada', 3);
  const waiting = Array.from({ length: 5 }, () => read('ada', 3));
  await expectFault(read('ada', 3), 'store_unavailable');
  expect(await read('bob', 3)).toBe('bob');
  await Promise.all([first, ...waiting]);
});

test('a read that fails rejects, and the next one has its turn', async () => {
  const { turns, read } = simulatedTurns();
  const failing = turns.run('ada', () => Promise.reject(new Error('lost')));
  const next = read('ada', 1);
  await expect(failing).rejects.toThrow('lost');
  expect(await next).toBe('ada');
});
