/** Which changes of a policy are refused because codes would be guessed too easily. */
import { expect, it } from 'vitest';
import { looseningOf, policyTooLoose } from '../../../src/domain/verdicts/loosening.ts';
import { MAX_YEARLY_ODDS, PHONE, yearlyOdds } from '../../../src/domain/verdicts/odds.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';

const TOKEN = { digits: 6, period: 0 } as const;
const phones = (count: number) => Array.from({ length: count }, () => PHONE);
const loosest: Policy = { ...DEFAULT_POLICY, skew: 2, dailyFailures: 100 };
const change = (before: Partial<Policy>, after: Partial<Policy>, ...clients: (typeof PHONE)[][]) =>
  looseningOf({ ...DEFAULT_POLICY, ...before }, { ...DEFAULT_POLICY, ...after }, clients);

it('any change passes that leaves every client within the bound', () => {
  expect(change({}, loosest)).toBeNull();
  expect(change({}, { skew: 2 }, phones(3), [TOKEN])).toBeNull();
  expect(change({}, { lookAhead: 50 }, phones(5))).toBeNull();
});

it('names what is looser and makes it so, the client that is worst, and both numbers', () => {
  expect(change({}, { ...loosest, lookAhead: 50 }, phones(2), phones(5), phones(3))).toEqual({
    settings: ['skew', 'dailyFailures'],
    authenticators: phones(5),
    odds: yearlyOdds(loosest, phones(5)),
    before: MAX_YEARLY_ODDS,
  });
  // A token's codes do not depend on the skew.
  expect(change({}, loosest, [TOKEN])?.settings).toEqual(['dailyFailures']);
  expect(change({}, { ...loosest, followDrift: true })?.authenticators).toEqual([PHONE]);
});

it('a change that makes no client easier to guess passes above the bound, too', () => {
  expect(change(loosest, { skew: 2 }, phones(5))).toBeNull();
  expect(change(loosest, loosest, phones(5))).toBeNull();
  expect(change({ ...loosest, skew: 1 }, { skew: 2 }, phones(5))).toBeNull();
  // Easier for one of them alone is enough.
  expect(change(loosest, { skew: 2, lookAhead: 50 }, phones(5), [TOKEN])?.authenticators).toEqual([TOKEN]);
});

it('the refusal says what was asked, what it comes to, what is allowed and what it is now', () => {
  const loosening = change({}, loosest, phones(5));
  const { code, detail, errors } = policyTooLoose(loosening as NonNullable<typeof loosening>);
  expect(code).toBe('policy_invalid');
  expect(detail).toBe(
    'Nothing was changed: skew with dailyFailures would make a year of guesses at a user with 5 authenticators ' +
      'succeed with a chance of 59.8 %. 23.9 % is allowed; now it is 23.9 %.',
  );
  expect(errors?.map(({ path }) => path)).toEqual(['/skew', '/dailyFailures']);
});
