import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import { delayAfter } from '../../../src/domain/verdicts/lockout.ts';
import {
  changesBetween,
  DEFAULT_POLICY,
  POLICY_BOUNDS,
  POLICY_NUMBERS,
  type Policy,
  policyBreaches,
} from '../../../src/domain/verdicts/policy.ts';
import { attempt, FRESH, timeOf, wrongCode } from './attempts.ts';

const HOUR = 3_600_000;
const policyWith = (settings: Partial<Policy>): Policy => ({ ...DEFAULT_POLICY, ...settings });

describe('what an account may set', () => {
  it('is what the security promises are worked out from', () => {
    expect(POLICY_BOUNDS).toEqual({
      skew: { least: 0, most: 2 },
      freeFailures: { least: 1, most: 10 },
      firstDelayMs: { least: 1_000, most: HOUR },
      maxDelayMs: { least: 1_000, most: DAY_MS },
      dailyFailures: { least: 5, most: 100 },
      confirmSkew: { least: 0, most: 5 },
      maxAuthenticators: { least: 1, most: 8 },
      lookAhead: { least: 0, most: 50 },
    });
  });

  it('has the defaults in it', () => {
    expect(policyBreaches(DEFAULT_POLICY)).toEqual([]);
  });

  const ends = POLICY_NUMBERS.flatMap((field) => [
    { field, value: POLICY_BOUNDS[field].least },
    { field, value: POLICY_BOUNDS[field].most },
  ]);
  it.each(ends)('$field may be $value', ({ field, value }) => {
    // The longest delay must not be the shorter one.
    const other = field === 'maxDelayMs' ? { firstDelayMs: 1_000 } : { maxDelayMs: DAY_MS };
    expect(policyBreaches(policyWith({ ...other, [field]: value }))).toEqual([]);
  });

  const beyond = ends.flatMap(({ field, value }) => [
    { field, value: value === POLICY_BOUNDS[field].least ? value - 1 : value + 1 },
  ]);
  it.each([
    ...beyond,
    ...POLICY_NUMBERS.flatMap((field) =>
      [Number.NaN, Number.POSITIVE_INFINITY, 1.5, '1' as unknown as number].map((value) => ({
        field,
        value,
      })),
    ),
  ])('$field may not be $value', ({ field, value }) => {
    expect(policyBreaches(policyWith({ [field]: value }))).toEqual([{ field, ...POLICY_BOUNDS[field] }]);
  });

  it('has no longest delay below the first one', () => {
    const policy = policyWith({ firstDelayMs: 60_000, maxDelayMs: 59_000 });
    expect(policyBreaches(policy)).toEqual([{ field: 'maxDelayMs', least: 60_000, most: DAY_MS }]);
    expect(policyBreaches(policyWith({ firstDelayMs: 60_000, maxDelayMs: 60_000 }))).toEqual([]);
  });

  it('is reported as a whole, not one breach at a time', () => {
    const breaches = policyBreaches(policyWith({ skew: 3, dailyFailures: 101 }));
    expect(breaches.map(({ field }) => field)).toEqual(['skew', 'dailyFailures']);
  });
});

describe('under any policy that may be set', () => {
  const anyPolicy = fc
    .record({
      skew: fc.integer({ min: 0, max: 2 }),
      freeFailures: fc.integer({ min: 1, max: 10 }),
      firstDelayMs: fc.integer({ min: 1_000, max: HOUR }),
      maxDelayMs: fc.integer({ min: 1_000, max: DAY_MS }),
      dailyFailures: fc.integer({ min: 5, max: 100 }),
      tellReplays: fc.boolean(),
      followDrift: fc.boolean(),
      trustedDevices: fc.boolean(),
    })
    .map(policyWith)
    .filter((policy) => policyBreaches(policy).length === 0);

  it('no more than 100 failures in a row are evaluated, and no more than the cap in 24 hours', () => {
    fc.assert(
      fc.property(anyPolicy, fc.boolean(), (policy, patient) => {
        let state = FRESH;
        let now = timeOf(58_500_000);
        const evaluated: number[] = [];
        for (let guess = 0; guess < 150 && !state.lockout.locked; guess++) {
          // Anyone who is patient stays below the daily cap, and meets the other one.
          now = Math.max(now + (patient ? DAY_MS : 0), state.lockout.delayedUntil);
          const tried = attempt(state, wrongCode(now), now, policy);
          if (tried.opened === 1) evaluated.push(now);
          state = tried.next;
        }
        expect(state.lockout.locked).toBe(true);
        expect(evaluated.length).toBeLessThanOrEqual(100);
        for (const from of evaluated) {
          const day = evaluated.filter((time) => time >= from && time < from + DAY_MS);
          expect(day.length).toBeLessThanOrEqual(policy.dailyFailures);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('delays never become shorter as failures go on, and the tenth failure has one', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const delays = Array.from({ length: 100 }, (_, index) => delayAfter(index + 1, policy));
        expect(delays).toEqual(delays.toSorted((a, b) => a - b));
        expect(delays[9]).toBeGreaterThanOrEqual(1_000);
        expect(delays[99]).toBeLessThanOrEqual(DAY_MS);
      }),
    );
  });
});

describe('a change', () => {
  it('names what was changed, in the units that people read', () => {
    const to = policyWith({ skew: 2, firstDelayMs: 90_000, maxDelayMs: 2 * HOUR, tellReplays: true });
    expect(changesBetween(DEFAULT_POLICY, to)).toBe(
      'skew=2 firstDelaySeconds=90 maxDelaySeconds=7200 tellReplays=true',
    );
    expect(changesBetween(to, policyWith({ skew: 2 }))).toBe(
      'firstDelaySeconds=30 maxDelaySeconds=3600 tellReplays=false',
    );
  });

  it('to the same is none', () => {
    expect(changesBetween(DEFAULT_POLICY, { ...DEFAULT_POLICY })).toBeNull();
  });
});
