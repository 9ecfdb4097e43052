/** What the oracle makes of an authenticator that is enrolled or added. */
import type { Call } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { ALL, OracleAuthenticator } from './oracle-authenticator.ts';
import { isGuessedTooEasily } from './oracle-odds.ts';

/** The first authenticator of a client, in the place of all that wait. */
export function enrolIn(client: OracleClient, call: Call, now: number): void {
  const { ask, name, secret, until, lastUsed } = call;
  const used = client.usedOfBrought(call, now);
  for (const one of client.authenticators) client.remember(one);
  used.raise(lastUsed);
  const end = ask === 'enrol pending' ? until : null;
  client.authenticators = [new OracleAuthenticator(name, client.parameters, secret, used, end, null)];
  client.open();
}

/** One that a call like this one has made, and that waits. */
export function waitingLike(client: OracleClient, call: Call, now: number): OracleAuthenticator | undefined {
  const replaces = replacedBy(client, call);
  return client
    .there(now)
    .find(
      (one) =>
        one.until !== null && one.name === call.name && nameOf(one.replaces) === nameOf(replaces ?? null),
    );
}

/** Why nothing may be added; null: it may. */
export function whyNotAdded(client: OracleClient, call: Call, now: number): string | null {
  const { policy, parameters } = client;
  const replaces = replacedBy(client, call);
  if (replaces === undefined) return 'authenticator_not_found';
  const like = waitingLike(client, call, now);
  const others = client.there(now).filter((one) => one !== like);
  if (others.length >= policy.maxAuthenticators + (replaces === null ? 0 : 1)) {
    return 'authenticator_quota_exceeded';
  }
  const left = others.filter(({ name }) => replaces !== ALL && name !== replaces?.name).length + 1;
  return isGuessedTooEasily(policy, parameters, left) ? 'authenticator_odds' : null;
}

export function addTo(client: OracleClient, call: Call, now: number): void {
  const { name, secret, until, lastUsed } = call;
  const like = waitingLike(client, call, now);
  const used = client.usedOfBrought(call, now);
  client.dropExpired(now);
  const { parameters } = client;
  used.raise(lastUsed);
  const replaces = replacedBy(client, call) ?? null;
  const added = new OracleAuthenticator(name, parameters, secret, used, until, replaces);
  added.drift = client.driftOf(secret, client.authenticators);
  if (like !== undefined) client.take(like);
  client.authenticators.push(added);
}

/** What its confirmation ends; undefined: one that is not in use. */
function replacedBy(
  client: OracleClient,
  { ask, target }: Call,
): OracleAuthenticator['replaces'] | undefined {
  if (ask === 'add') return null;
  if (ask === 'replace' || (ask === 'replace proved' && target === '')) return ALL;
  return client.confirmed.some(({ name }) => name === target) ? { name: target } : undefined;
}

function nameOf(replaces: OracleAuthenticator['replaces']): string | null {
  return replaces === ALL || replaces === null ? replaces : `one ${replaces.name}`;
}
