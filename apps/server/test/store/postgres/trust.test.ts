/** Seen to fail: by uptime alone, a process that was suspended for a minute went on as if no time had gone by. */
import { expect, test } from 'vitest';
import { Trust } from '../../../src/store/postgres/trust.ts';

const made = () => {
  const now = { uptime: 1_000, clock: 1_700_000_000_000 };
  const trust = new Trust(
    () => now.uptime,
    () => now.clock,
  );
  return { now, trust };
};

test('nothing holds before it has begun', () => {
  expect(made().trust.holdsFor(10_000)).toBe(false);
});

test('a machine that was suspended, whose uptime did not go on, is trusted no longer', () => {
  const { now, trust } = made();
  trust.begin(trust.now());
  expect(trust.holdsFor(10_000)).toBe(true);
  now.clock += 60_000;
  expect(trust.holdsFor(10_000)).toBe(false);
});

test('a clock that is set back prolongs nothing', () => {
  const { now, trust } = made();
  trust.begin(trust.now());
  now.clock -= 3_600_000;
  now.uptime += 9_999;
  expect(trust.holdsFor(10_000)).toBe(true);
  now.uptime += 1;
  expect(trust.holdsFor(10_000)).toBe(false);
});
