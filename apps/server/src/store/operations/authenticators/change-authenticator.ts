import type { Kysely } from 'kysely';
import type { Authenticator } from '../../../domain/authenticators/authenticator.ts';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import { authenticatorNotFound, lastAuthenticator } from '../../../domain/authenticators/faults.ts';
import type { AuthenticatorChanges, AuthenticatorName } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import type { Schema } from '../../schema.ts';
import { removeClient } from '../clients/remove-client.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent, notedEvent } from '../log/client-event.ts';
import { keepPrevious } from './previous-secrets.ts';
import {
  confirmedOf,
  lockClient,
  readClient,
  type StoredAuthenticator,
  type StoredClient,
  toAuthenticator,
} from './stored-client.ts';
import { replace, writeAuthenticators } from './write-authenticators.ts';

type Db = Kysely<Schema>;

/** Oldest first. Faults: client_not_found. */
export async function listAuthenticators(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<readonly Authenticator[]> {
  const client = await readClient(db, accountId, clientId);
  const present = client?.authenticators.filter((one) => !isExpired(one, now)) ?? [];
  if (present.length === 0) throw clientNotFound();
  return present.map(toAuthenticator);
}

/** Each change is an event. Faults: client_not_found, authenticator_not_found. */
export async function updateAuthenticator(
  db: Db,
  box: SecretBox,
  { accountId, clientId, number }: AuthenticatorName,
  { name, resetDrift = false }: AuthenticatorChanges,
  change: Change,
): Promise<Authenticator> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const one = authenticatorOf(client, number);
  const updated = {
    ...one,
    name: name === undefined ? one.name : name,
    factor: resetDrift ? { ...one.factor, drift: 0 } : one.factor,
  };
  await replace(db, box, client, one, updated);
  const renamed = clientEvent('authenticator.renamed', clientId, change);
  const reset = notedEvent('authenticator.resynced', clientId, change, 'drift=0');
  let { lastEvent } = client;
  for (const event of [...(name === undefined ? [] : [renamed]), ...(resetDrift ? [reset] : [])]) {
    lastEvent = await appendClientEvent(db, accountId, { id: client.id, lastEvent }, event);
  }
  return toAuthenticator(updated);
}

/**
 * Removes an authenticator, with which trusted devices end, or cancels a pending one; a client whose only ones are pending goes with the last.
 * Faults: client_not_found, authenticator_not_found, authenticator_last.
 */
export async function removeAuthenticator(
  db: Db,
  box: SecretBox,
  { accountId, clientId, number }: AuthenticatorName,
  change: Change,
): Promise<void> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const one = authenticatorOf(client, number);
  const left = client.authenticators.filter((other) => other !== one);
  if (one.pendingUntil === null && confirmedOf(client).length === 1) throw lastAuthenticator();
  await keepPrevious(db, client, [one], change.at);
  if (one.pendingUntil === null) await dropDevices(db, accountId, client.id);
  const event = clientEvent('authenticator.removed', clientId, change);
  const lastEvent = await appendClientEvent(db, accountId, client, event);
  if (left.length === 0) await removeClient(db, box, { ...client, lastEvent }, 'client.deleted', change);
  else await writeAuthenticators(db, box, client, { ...client, authenticators: left });
}

/** Faults: authenticator_not_found. */
export function authenticatorOf(client: StoredClient, number: number): StoredAuthenticator {
  const one = client.authenticators.find(({ id }) => id === number);
  if (one === undefined) throw authenticatorNotFound();
  return one;
}
