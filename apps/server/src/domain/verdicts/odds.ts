import type { TotpParameters } from '@kanda/otp';
import { DEFAULT_POLICY, type Policy, type PolicySettings } from './policy.ts';

type Judging = Pick<Policy, 'skew' | 'lookAhead' | 'followDrift' | 'dailyFailures'>;
type Coded = Pick<TotpParameters, 'digits' | 'period'>;

const PHONE: Coded = { digits: 6, period: 30 };
const TOKEN: Coded = { digits: 6, period: 0 };

/**
 * The chance, from 0 to 1, that someone who sends as many wrong codes as a policy allows, every day of a year, gets one
 * right. Each authenticator has `2 × skew + 1` right codes at any time, twice that where drift is followed, and
 * `1 + lookAhead` for HOTP. A guess has one length, so the length that is guessed most easily counts.
 *
 * @param authenticators of one client; of HOTP the period is 0
 */
export function yearlyOdds(
  { skew, lookAhead, followDrift, dailyFailures }: Judging,
  authenticators: readonly Coded[],
): number {
  const chances = [6, 8].map((length) => {
    const codes = authenticators
      .filter(({ digits }) => digits === length)
      .map(({ period }) => (period === 0 ? 1 + lookAhead : (2 * skew + 1) * (followDrift ? 2 : 1)));
    return codes.reduce((sum, one) => sum + one, 0) / 10 ** length;
  });
  return 1 - (1 - Math.max(...chances)) ** (dailyFailures * 365);
}

/** What five phones come to with the default policy: 23.9 %. */
export const MAX_YEARLY_ODDS = yearlyOdds(DEFAULT_POLICY, repeated(PHONE, DEFAULT_POLICY.maxAuthenticators));

/** Whether these, of one client, would be guessed too easily. A client's only phone never is. */
export function isTooEasy(policy: Judging, authenticators: readonly Coded[]): boolean {
  const [only] = authenticators;
  if (authenticators.length === 1 && only !== undefined && only.period > 0) return false;
  return yearlyOdds(policy, authenticators) > MAX_YEARLY_ODDS;
}

/** A setting by which a policy makes guessing too easy. */
export interface OddsBreach {
  readonly field: 'maxAuthenticators' | 'followDrift' | 'lookAhead';
  readonly odds: number;
}

/**
 * The setting that makes guessing too easy, if any does. A default says nothing of what clients have: additions are
 * judged one by one.
 */
export function oddsBreach(policy: PolicySettings): OddsBreach | null {
  const { maxAuthenticators, lookAhead } = policy;
  const phones = maxAuthenticators === DEFAULT_POLICY.maxAuthenticators ? 1 : maxAuthenticators;
  const odds = yearlyOdds(policy, repeated(PHONE, phones));
  if (odds > MAX_YEARLY_ODDS) {
    const one = yearlyOdds(policy, [PHONE]);
    return one > MAX_YEARLY_ODDS ? { field: 'followDrift', odds: one } : { field: 'maxAuthenticators', odds };
  }
  const ofToken = yearlyOdds(policy, [TOKEN]);
  const isLookedAhead = lookAhead !== DEFAULT_POLICY.lookAhead && ofToken > MAX_YEARLY_ODDS;
  return isLookedAhead ? { field: 'lookAhead', odds: ofToken } : null;
}

/** For people: `23.9 %`. */
export function inPercent(odds: number): string {
  return `${Number((odds * 100).toPrecision(3))} %`;
}

function repeated(one: Coded, times: number): Coded[] {
  return Array.from({ length: times }, () => one);
}
