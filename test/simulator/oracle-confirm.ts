/** The first code of an authenticator, as the oracle judges it. */
import type { ToldConfirmation } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { FARTHEST_DRIFT, type OracleAuthenticator, stepAt, type UsedSteps } from './oracle-authenticator.ts';

/** How many wrong codes end an enrolment that waits for its first one. */
const WRONG_CODES = 5;

export interface JudgedConfirmation {
  /** What the log says: null for an accepted code. */
  readonly reason: string | null;
  /** What the caller learns; null: there is nothing to confirm. */
  readonly told: ToldConfirmation | null;
  readonly followers: readonly string[];
}

/** One that waits, with what was used of its secret and the step whose code this is. */
interface Tried {
  readonly one: OracleAuthenticator;
  readonly used: UsedSteps;
  readonly step: number | null;
}

/** Judges a first code of any that wait: the newest that shows it is confirmed. */
export function judgeConfirmation(client: OracleClient, code: string, now: number): JudgedConfirmation {
  const { policy, confirmed } = client;
  const waiting = client.authenticators.filter((one) => one.until !== null && one.isThere(now));
  if (waiting.length === 0) return { reason: 'authenticator_not_found', told: null, followers: [] };
  const refuse = (reason: string, { reason: why, ...more }: { readonly reason: string }) => {
    const attemptsLeft = WRONG_CODES - Math.min(...waiting.map(({ wrongCodes }) => wrongCodes));
    return { reason, told: { confirmed: false, reason: why, attemptsLeft, ...more }, followers: [] };
  };
  if (client.off) return refuse('disabled', { reason: 'disabled' });
  const { notBefore } = client;
  const wait = confirmed.length === 0 ? null : client.wait(now);
  if (wait !== null) {
    if (notBefore !== client.notBefore) client.dropExpired(now);
    return refuse('locked', wait);
  }
  const tried = waiting.flatMap((one): Tried[] => {
    // What the same secret was used for, in another authenticator of the client or in one that is gone, counts.
    const used = client.usedOf(one.secret, [one, ...confirmed], now);
    if (one.isAhead(now, used)) return [];
    return [{ one, used, step: one.stepOf(code, now, policy, policy.confirmSkew, used) }];
  });
  if (tried.length === 0) return refuse('clock_ahead', { reason: 'invalid_code' });
  client.dropExpired(now);
  const found = tried.findLast(({ step, used }) => step !== null && !used.has(step));
  if (found !== undefined) return accept(client, found, tried, code, now);
  for (const { one } of tried) {
    one.wrongCodes += 1;
    if (one.wrongCodes === WRONG_CODES) client.take(one);
  }
  if (confirmed.length > 0) client.fail(now);
  const isUsed = tried.some(({ step }) => step !== null);
  const answer = refuse(isUsed ? 'code_already_used' : 'invalid_code', { reason: client.toldOf(isUsed) });
  if (client.authenticators.length === 0) return { ...answer, followers: ['client.deleted'] };
  return { ...answer, followers: client.shut ? ['client.locked'] : [] };
}

function accept(
  client: OracleClient,
  found: Tried,
  tried: readonly Tried[],
  code: string,
  now: number,
): JudgedConfirmation {
  const { policy } = client;
  const { one, used } = found;
  const step = found.step as number;
  one.used = used;
  one.until = null;
  one.wrongCodes = 0;
  used.raise(step);
  const off = one.isToken ? 0 : step - stepAt(now, one.parameters);
  if (policy.followDrift && !one.isToken) {
    one.drift = Math.max(-FARTHEST_DRIFT, Math.min(FARTHEST_DRIFT, off));
  }
  client.spendAtOthers(one, step, code, now);
  for (const other of tried.filter(({ one: waits }) => waits !== one)) {
    const candidates = [step, ...other.one.window(now, policy, policy.confirmSkew, other.used)];
    const shown = candidates.filter((candidate) => other.one.codeAt(candidate) === code);
    if (shown.every((candidate) => other.used.has(candidate))) continue;
    other.one.used = other.used;
    other.one.used.burn(shown);
  }
  // A clock that is followed is followed from the start; another must be within what a login looks at.
  const isOff = !policy.followDrift && Math.abs(off) > policy.skew;
  const told = { confirmed: true, ...(isOff ? { clockOff: off } : {}) };
  return { reason: null, told, followers: replaceBy(client, one) };
}

/** Ends all others, or one, when that is what it was made for. */
function replaceBy(client: OracleClient, one: OracleAuthenticator): string[] {
  if (one.replaces === null) return [];
  const gone = client.authenticators.filter((other) => other !== one && other.isReplacedBy(one));
  client.replaced.push(...gone.filter(({ until }) => until === null));
  client.devices.endAll();
  for (const other of gone) client.take(other);
  // With a phone left at which guesses failed, no lock ends.
  if (client.confirmed.length > 1) return ['client.rotated'];
  client.open();
  client.recovery.forgetFailures();
  return ['client.rotated'];
}
