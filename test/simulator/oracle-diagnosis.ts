/** Why a code is not accepted, as the oracle finds it: what support learns, and what that costs. */
import type { ToldFinding } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { codeByOther, codeOf, type OracleAuthenticator, stepAt } from './oracle-authenticator.ts';

/** How far a code is looked for. */
const STEPS = 120;
/** The same for an app that ignores what its QR code says. */
const MISREAD_STEPS = 5;

const BY_LIKELIHOOD = [
  'right_now',
  'already_used',
  'behind',
  'ahead',
  'pending',
  'wrong_digits',
  'wrong_algorithm',
  'wrong_period',
];

export interface JudgedDiagnosis {
  readonly told: ToldFinding;
  /** Whether `previous_secret` may be said in its place: which secrets that were replaced are kept is not followed. */
  readonly maybePrevious: boolean;
  readonly followers: readonly string[];
}

/** Accepts nothing; each look is a failure, and a code of a step to come is used up. */
export function diagnose(client: OracleClient, code: string, now: number): JudgedDiagnosis {
  const untouched = (told: ToldFinding) => ({ told, maybePrevious: false, followers: [] });
  if (client.off) return untouched({ finding: 'disabled' });
  const wait = client.wait(now);
  if (wait !== null) {
    const { retryAfter } = wait;
    return untouched({ finding: 'locked', ...(retryAfter === undefined ? {} : { retryAfter }) });
  }
  const there = client.authenticators.filter((one) => one.isThere(now));
  const found = there.flatMap((one) => {
    const finding = ofOne(one, client, code, now);
    return finding === null ? [] : [finding];
  });
  const rank = ({ finding }: ToldFinding) => BY_LIKELIHOOD.indexOf(finding);
  const [best] = found.sort((one, other) => rank(one) - rank(other));
  const isPrevious =
    best === undefined &&
    client.replaced.some((one) => around(placeOf(one, now), STEPS).some(shows(one, code)));
  useUpStepsToCome(client, there, code, now);
  client.fail(now);
  return {
    told: best ?? { finding: 'no_match' },
    maybePrevious: isPrevious,
    followers: client.shut ? ['client.locked'] : [],
  };
}

function ofOne(
  one: OracleAuthenticator,
  { policy }: OracleClient,
  code: string,
  now: number,
): ToldFinding | null {
  const found = asEnrolled(one, code, now, one.window(now, policy, policy.skew)) ?? asMisread(one, code, now);
  const isOwn = found !== null && !found.finding.startsWith('wrong_');
  return isOwn && one.until !== null ? { finding: 'pending' } : found;
}

function asEnrolled(
  one: OracleAuthenticator,
  code: string,
  now: number,
  window: readonly number[],
): ToldFinding | null {
  const shown = window.filter(shows(one, code));
  if (shown.some((step) => !one.used.has(step))) return { finding: 'right_now' };
  if (shown.length > 0) return { finding: 'already_used' };
  const here = placeOf(one, now);
  const [nearest] = around(here, STEPS)
    .filter(shows(one, code))
    .sort((step, other) => Math.abs(step - here) - Math.abs(other - here) || other - step);
  if (nearest === undefined) return null;
  const steps = nearest - here;
  const isUsed = nearest === one.used.upTo || one.used.above.includes(nearest);
  return { finding: isUsed ? 'already_used' : steps < 0 ? 'behind' : 'ahead', steps };
}

/** By another algorithm, or another period than its own. */
function asMisread(
  { secret, parameters, used }: OracleAuthenticator,
  code: string,
  now: number,
): ToldFinding | null {
  const { algorithm: own, period } = parameters;
  const periods = period === 0 ? [0] : [...new Set([period, 30, 60])];
  for (const algorithm of [own, 'SHA1', 'SHA256', 'SHA512'] as const) {
    for (const other of periods) {
      if (algorithm === own && other === period) continue;
      const here = other === 0 ? used.upTo + 1 : stepAt(now, { ...parameters, period: other });
      if (
        !around(here, MISREAD_STEPS).some(
          (step) => codeByOther(secret, algorithm, code.length, step) === code,
        )
      ) {
        continue;
      }
      return { finding: algorithm === own ? 'wrong_period' : 'wrong_algorithm' };
    }
  }
  return null;
}

function useUpStepsToCome(
  client: OracleClient,
  there: readonly OracleAuthenticator[],
  code: string,
  now: number,
): void {
  const { policy } = client;
  for (const one of there) {
    const window = one.window(now, policy, policy.skew);
    const here = placeOf(one, now);
    const toCome = around(here, STEPS).filter(
      (step) => step > here && !window.includes(step) && shows(one, code)(step),
    );
    if (toCome.length === 0) continue;
    client.dropExpired(now);
    one.used.burn(toCome);
  }
}

/** What it shows now, if its clock is right, or next. */
function placeOf({ parameters, used }: OracleAuthenticator, now: number): number {
  return parameters.period === 0 ? used.upTo + 1 : stepAt(now, parameters);
}

function around(here: number, steps: number): number[] {
  return Array.from({ length: 2 * steps + 1 }, (_, index) => here - steps + index).filter(
    (step) => step >= 0,
  );
}

function shows({ secret, parameters }: OracleAuthenticator, code: string): (step: number) => boolean {
  return (step) => codeOf(secret, parameters, step) === code;
}
