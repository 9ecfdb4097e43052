/** What a node does while its clock is off is judged by when the clock was moved. */
import { expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { type ClockMove, judgedOutOfStep, skewedClocks } from './clocks.ts';
import type { Entry } from './ledger.ts';

const MOVES: readonly ClockMove[] = [
  { node: 0, at: 0, seconds: 45 },
  { node: 1, at: 0, seconds: 12 },
  { node: 0, at: 20_000, seconds: 0 },
];

test('a verdict of a node whose clock is far off is found', () => {
  expect(judgedOutOfStep([verdict(0, 5_000)], MOVES)).toEqual([
    'load-1 (wrong c) was judged by node 1, whose clock was off by 45 s',
  ]);
});

test('before it can have noticed, when it was put right, and within what is allowed, it may judge', () => {
  expect(judgedOutOfStep([verdict(0, 2_000), verdict(0, 21_000), verdict(1, 5_000)], MOVES)).toEqual([]);
});

test('503 is no verdict, and an enrolment none', () => {
  const refused = { ...verdict(0, 5_000), answer: { ended: 5_010, status: 503, reason: null, valid: null } };
  expect(judgedOutOfStep([refused, { ...verdict(0, 5_000), ask: 'enrol' }], MOVES)).toEqual([]);
});

test('one of the nodes always serves', () => {
  const random = new Random(1);
  const clocks = Array.from({ length: 200 }, () => skewedClocks(random));
  for (const seconds of clocks) expect(Math.min(...seconds.map(Math.abs))).toBeLessThan(15);
  // Each of them is the one that is far off at times.
  for (const node of [0, 1]) expect(clocks.some((seconds) => Math.abs(seconds[node] ?? 0) > 17)).toBe(true);
});

function verdict(node: number, begun: number): Entry {
  const answer = { ended: begun + 10, status: 200, reason: 'invalid_code', valid: false };
  return {
    id: 'load-1',
    node,
    ask: 'wrong',
    clientId: 'c',
    step: null,
    period: 30,
    begun,
    pending: false,
    answer,
  };
}
