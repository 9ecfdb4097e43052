import { Fault } from '../errors.ts';
import {
  type Coded,
  inPercent,
  type Judging,
  MAX_YEARLY_ODDS,
  ODDS_SETTINGS,
  type OddsSetting,
  PHONE,
  yearlyOdds,
} from './odds.ts';

/** A change of the policy by which codes would be guessed too easily. */
export interface Loosening {
  /** The settings that are looser than before and make it so. */
  readonly settings: readonly OddsSetting[];
  /** The authenticators of the client that would be guessed most easily. */
  readonly authenticators: readonly Coded[];
  /** Of a year, from 0 to 1, with the policy that is asked for. */
  readonly odds: number;
  /** The same with the one that is in force. */
  readonly before: number;
}

/**
 * Whether a change of the policy lifts a client above the bound, or further above it. Judged is what there is: each
 * client by the authenticators that it has, and a phone alone, which any client may have. What an account could have
 * does not count, since additions are judged one by one. A change that makes no client easier to guess always passes,
 * also where an earlier one has left clients above the bound.
 *
 * @param clients the authenticators of each client, equal ones once
 */
export function looseningOf(
  before: Judging,
  after: Judging,
  clients: readonly (readonly Coded[])[],
): Loosening | null {
  const lifted = [[PHONE], ...clients]
    .map((authenticators) => ({
      authenticators,
      odds: yearlyOdds(after, authenticators),
      before: yearlyOdds(before, authenticators),
    }))
    .filter(({ odds, before: now }) => odds > MAX_YEARLY_ODDS && odds > now)
    .sort((one, other) => other.odds - one.odds);
  const [worst] = lifted;
  if (worst === undefined) return null;
  const settings = ODDS_SETTINGS.filter((setting) => {
    const without = { ...after, [setting]: before[setting] };
    return yearlyOdds(without, worst.authenticators) < worst.odds;
  });
  return { settings, ...worst };
}

/** Whether a setting is looser than before, so that there is anything to judge. */
export function isLooser(before: Judging, after: Judging): boolean {
  return ODDS_SETTINGS.some((setting) => Number(after[setting]) > Number(before[setting]));
}

export function policyTooLoose({ settings, authenticators, odds, before }: Loosening): Fault {
  const count = authenticators.length === 1 ? 'one authenticator' : `${authenticators.length} authenticators`;
  const message = `would make a year of guesses at a user with ${count} succeed with a chance of ${inPercent(odds)}`;
  return new Fault(
    'policy_invalid',
    `Nothing was changed: ${settings.join(' with ')} ${message}. ${inPercent(MAX_YEARLY_ODDS)} is allowed; ` +
      `now it is ${inPercent(before)}.`,
    {
      errors: settings.map((setting) => ({
        path: `/${setting}`,
        message: `${message}; ${inPercent(MAX_YEARLY_ODDS)} is allowed`,
      })),
    },
  );
}
