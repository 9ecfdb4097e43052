import type { TotpParameters } from '@kanda/otp';
import { DEFAULT_POLICY, type Policy } from './policy.ts';

/** What of a policy decides how easily a code is guessed. */
export const ODDS_SETTINGS = ['skew', 'dailyFailures', 'lookAhead', 'followDrift'] as const;
export type OddsSetting = (typeof ODDS_SETTINGS)[number];
export type Judging = Pick<Policy, OddsSetting>;

/** What of an authenticator does; of HOTP the period is 0. */
export type Coded = Pick<TotpParameters, 'digits' | 'period'>;

export const PHONE: Coded = { digits: 6, period: 30 };

/**
 * The chance, from 0 to 1, that someone who sends as many wrong codes as a policy allows, every day of a year, gets one
 * right. Each authenticator has `2 × skew + 1` right codes at any time, twice that where drift is followed, and
 * `1 + lookAhead` for HOTP. A guess has one length, so the length that is guessed most easily counts.
 *
 * @param authenticators of one client
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
export const MAX_YEARLY_ODDS = yearlyOdds(
  DEFAULT_POLICY,
  Array.from({ length: DEFAULT_POLICY.maxAuthenticators }, () => PHONE),
);

/** Whether these, of one client, would be guessed too easily. A client's only phone never is. */
export function isTooEasy(policy: Judging, authenticators: readonly Coded[]): boolean {
  const [only] = authenticators;
  if (authenticators.length === 1 && only !== undefined && only.period > 0) return false;
  return yearlyOdds(policy, authenticators) > MAX_YEARLY_ODDS;
}

/** For people: `23.9 %`. */
export function inPercent(odds: number): string {
  return `${Number((odds * 100).toPrecision(3))} %`;
}
