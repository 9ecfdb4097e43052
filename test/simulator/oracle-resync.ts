/** An authenticator that is found again by two codes in a row, as the oracle judges it (RFC 4226 §7.4, RFC 6238 §6). */

import type { ToldResync } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { FARTHEST_DRIFT, type OracleAuthenticator, stepAt } from './oracle-authenticator.ts';

/** How far a phone's clock is looked for to each side, and a token's counter ahead. */
const STEPS = 20;
const COUNTERS = 100;

export interface JudgedResync {
  /** What the log says. */
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  /** What the caller learns; null: it is refused with the reason. */
  readonly told: ToldResync | null;
  readonly followers: readonly string[];
}

/** @param name of the authenticator */
export function judgeResync(
  client: OracleClient,
  name: string,
  codes: readonly [string, string],
  now: number,
): JudgedResync {
  const { policy } = client;
  const one = client.authenticators.find((other) => other.name === name && other.isThere(now));
  if (one === undefined) return refusal('authenticator_not_found', null);
  if (!one.isToken && !policy.followDrift) return refusal('drift_not_followed', null);
  if (one.until !== null) return refusal('pending', { reason: 'pending' });
  if (client.off) return refusal('disabled', { reason: 'disabled' });
  const wait = client.wait(now);
  if (wait !== null) return refusal('locked', wait);
  const found = find(one, codes, now);
  if (found === null || !found.isFresh) {
    client.fail(now);
    const reason = found === null ? 'invalid_code' : 'code_already_used';
    const answer = refusal(reason, { reason: client.toldOf(found !== null) });
    return { ...answer, followers: client.shut ? ['client.locked'] : [] };
  }
  const { second } = found;
  client.dropExpired(now);
  for (const [index, code] of codes.entries()) client.spendAtOthers(one, second - 1 + index, code, now);
  if (one.isToken) {
    one.used.raise(second);
    client.succeed(now);
    return { outcome: 'success', reason: null, told: { resynced: true }, followers: [] };
  }
  const drift = second - stepAt(now, one.parameters);
  if (Math.abs(drift) > FARTHEST_DRIFT) {
    one.used.burn([second - 1, second]);
    return refusal('drift_too_large', { reason: 'drift_too_large', drift });
  }
  one.used.raise(second);
  one.drift = drift;
  client.succeed(now);
  return { outcome: 'success', reason: `drift=${drift}`, told: { resynced: true, drift }, followers: [] };
}

function refusal(reason: string, told: Omit<ToldResync, 'resynced'> | null): JudgedResync {
  return {
    outcome: 'failure',
    reason,
    told: told === null ? null : { resynced: false, ...told },
    followers: [],
  };
}

/** The last pair that shows the codes and was not used, else the last that shows them; null: none. */
function find(
  one: OracleAuthenticator,
  [first, second]: readonly [string, string],
  now: number,
): { readonly second: number; readonly isFresh: boolean } | null {
  const { used } = one;
  const [lowest, highest] = one.isToken
    ? [used.upTo + 1, used.upTo + COUNTERS]
    : [Math.max(0, stepAt(now, one.parameters) - STEPS), stepAt(now, one.parameters) + STEPS];
  let seen: number | null = null;
  for (let step = highest; step > lowest; step--) {
    if (one.codeAt(step) !== second || one.codeAt(step - 1) !== first) continue;
    if (!used.has(step - 1) && !used.has(step)) return { second: step, isFresh: true };
    seen ??= step;
  }
  return seen === null ? null : { second: seen, isFresh: false };
}
