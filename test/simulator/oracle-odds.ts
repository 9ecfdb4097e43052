/** How easily codes are guessed, as SECURITY.md works it out. */
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';

const DAYS = 365;

/** Whether a client's authenticators are easier to guess than five phones are under the default policy. */
export function isGuessedTooEasily(
  { skew, lookAhead, followDrift, dailyFailures }: Policy,
  { digits, period }: TotpParameters,
  authenticators: number,
): boolean {
  if (authenticators === 1 && period > 0) return false;
  const each = period === 0 ? 1 + lookAhead : (1 + 2 * skew) * (followDrift ? 2 : 1);
  return inYear((authenticators * each) / 10 ** digits, dailyFailures) > inYear((5 * 3) / 10 ** 6, 50);
}

/** Whether a change of the policy makes a client that has so many easier to guess, and too easy. */
export function isLoosened(
  before: Policy,
  after: Policy,
  parameters: TotpParameters,
  authenticators: number,
): boolean {
  const settings = ['skew', 'dailyFailures', 'lookAhead', 'followDrift'] as const;
  const isLooser = settings.some((setting) => Number(after[setting]) > Number(before[setting]));
  return isLooser && isGuessedTooEasily(after, parameters, authenticators);
}

function inYear(chance: number, guessesADay: number): number {
  return 1 - (1 - chance) ** (guessesADay * DAYS);
}
