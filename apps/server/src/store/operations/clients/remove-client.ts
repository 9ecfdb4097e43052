import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { EventType } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { rememberUsed } from '../authenticators/deleted-secrets.ts';
import { dropPrevious } from '../authenticators/previous-secrets.ts';
import { allOf, type StoredClient } from '../authenticators/stored-client.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendTailEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { addClients } from '../log/statistics.ts';
import { dropRecovery } from '../recovery-codes/recovery-rows.ts';

/** Of a client that has no state. */
export const STATELESS = { lastEvent: 0, disabled: false };

/**
 * Removes a client with all that is its own. What happened stays in the log, where `event` is the last, and what was used
 * of the secrets of its authenticators is remembered.
 */
export async function removeClient(
  db: Kysely<Schema>,
  box: SecretBox,
  client: StoredClient,
  event: EventType,
  change: Change,
): Promise<void> {
  await rememberUsed(db, box, client, allOf(client));
  await removeRows(db, client, event, change);
}

/** As {@link removeClient}, where nothing that was used of its secrets has to be remembered. */
export async function removeRows(
  db: Kysely<Schema>,
  client: Pick<StoredClient, 'accountId' | 'id' | 'clientId' | 'lastEvent' | 'disabled'>,
  event: EventType,
  change: Change,
): Promise<void> {
  const { accountId, id, clientId, lastEvent, disabled } = client;
  for (const table of ['further_authenticator', 'authenticator'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).where('client', '=', id).execute();
  }
  for (const table of ['authenticator_state', 'client'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).where('id', '=', id).execute();
  }
  await dropRecovery(db, accountId, id);
  await dropPrevious(db, accountId, id);
  await dropDevices(db, accountId, id);
  await appendTailEvent(db, accountId, clientId, clientEvent(event, clientId, change), lastEvent);
  await addClients(db, accountId, { total: -1, disabled: disabled ? -1 : 0 });
}
