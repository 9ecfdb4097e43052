/** The odds of guessing that SECURITY.md states, and what is refused for them. */
import { describe, expect, it } from 'vitest';
import { inPercent, isTooEasy, MAX_YEARLY_ODDS, yearlyOdds } from '../../../src/domain/verdicts/odds.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';

const phone = { digits: 6, period: 30 } as const;
const token = { digits: 6, period: 0 } as const;
const times = (count: number) => Array.from({ length: count }, () => phone);
const loosest = { ...DEFAULT_POLICY, skew: 2, dailyFailures: 100 };

it.each([
  [{}, [phone], '5.33 %'],
  [{ skew: 0 }, [phone], '1.81 %'],
  [{ skew: 2 }, [phone], '8.72 %'],
  [{ skew: 2, dailyFailures: 100 }, [phone], '16.7 %'],
  [{}, [{ digits: 8, period: 30 }], '0.0547 %'],
  [{}, times(2), '10.4 %'],
  [{}, times(5), '23.9 %'],
  [{ followDrift: true }, [phone], '10.4 %'],
  [{}, [token], '18.2 %'],
  [{}, [token, phone], '22.5 %'],
  [{}, [...times(3), { digits: 8, period: 0 }], '15.1 %'],
] as const)('a year with %j and %j comes to %s', (change, authenticators, odds) => {
  expect(inPercent(yearlyOdds({ ...DEFAULT_POLICY, ...change }, authenticators))).toBe(odds);
});

describe('more than five phones at the default policy', () => {
  it('is too much, and the loosest policy with one is not', () => {
    expect(yearlyOdds(DEFAULT_POLICY, times(5))).toBe(MAX_YEARLY_ODDS);
    expect(isTooEasy(DEFAULT_POLICY, times(5))).toBe(false);
    expect(isTooEasy(DEFAULT_POLICY, times(6))).toBe(true);
    expect(isTooEasy(loosest, [phone])).toBe(false);
    expect(isTooEasy(loosest, times(2))).toBe(true);
    expect(isTooEasy(DEFAULT_POLICY, [token, phone])).toBe(false);
    expect(isTooEasy(DEFAULT_POLICY, [token, ...times(2)])).toBe(true);
    expect(isTooEasy(loosest, [token])).toBe(true);
  });
});
