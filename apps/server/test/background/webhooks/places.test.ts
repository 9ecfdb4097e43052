/** Whose webhooks are served next: accounts take turns. */
import { expect, test } from 'vitest';
import { nextToServe } from '../../../src/background/webhooks/places.ts';

const due = (ownerId: number, servedAt: number) => ({ ownerId, servedAt });
const many = (count: number, ownerId: number) => Array.from({ length: count }, (_, at) => due(ownerId, at));
const ownersOf = (next: readonly { ownerId: number }[]) => next.map(({ ownerId }) => ownerId);

test('an account gets four places, however many of its webhooks wait', () => {
  expect(ownersOf(nextToServe(many(20, 1), [], new Map()))).toEqual([1, 1, 1, 1]);
  expect(ownersOf(nextToServe(many(20, 1), [1, 1, 1], new Map()))).toEqual([1]);
  expect(nextToServe(many(20, 1), [1, 1, 1, 1], new Map())).toEqual([]);
});

test('no account gets a second place before each that waits has one', () => {
  const waiting = [...many(3, 1), ...many(3, 2), ...many(1, 3)];
  expect(ownersOf(nextToServe(waiting, [1], new Map()))).toEqual([2, 3, 1, 2, 1, 2, 1]);
});

test('a place that gets free goes to the account whose turn is longest ago', () => {
  const turns = new Map([
    [1, 300],
    [2, 100],
    [3, 200],
  ]);
  const serving = Array.from({ length: 31 }, (_, index) => 10 + index);
  const waiting = [...many(10, 1), ...many(10, 2), ...many(10, 3)];
  expect(ownersOf(nextToServe(waiting, serving, turns))).toEqual([2]);
  expect(ownersOf(nextToServe([...waiting, due(4, 0)], serving, turns))).toEqual([4]);
  expect(nextToServe(waiting, [...serving, 50], turns)).toEqual([]);
});

test('of the webhooks of an account the one is served that has waited longest', () => {
  const serving = Array.from({ length: 31 }, (_, index) => 10 + index);
  expect(nextToServe([due(1, 30), due(1, 10), due(1, 20)], serving, new Map())).toEqual([due(1, 10)]);
});
