import { type Kysely, sql } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { CLI_ORIGIN } from '../../../domain/log/events.ts';
import { isAhead, offsetOf } from '../../judging/account-times.ts';
import type { Schema } from '../../schema.ts';
import { removeClient } from '../clients/remove-client.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { asOf, readClient, type StoredClient } from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

type Db = Kysely<Schema>;

/** Few enough that one transaction holds up nothing. */
const CLIENTS_AT_ONCE = 50;

/** Who ends what was not confirmed in time. */
export const EXPIRY_ORIGIN = { ...CLI_ORIGIN, actor: 'kanda' };

/** An enrolment that was never confirmed. */
export interface ExpiredEnrolment {
  readonly accountId: number;
  readonly clientId: string;
}

/** Clients that have authenticators which were not confirmed in time, `now` in ms by the server's clock; a few at a time. */
export async function findExpired(db: Db, now: number): Promise<readonly ExpiredEnrolment[]> {
  const { rows } = await sql<{ account_id: number; client_id: string }>`
    select distinct c.account_id, c.client_id from (
      select account_id, id as client from authenticator_state where pending_until <= ${now}
      union all select account_id, client from further_authenticator where pending_until <= ${now}
      union all select account_id, id as client from authenticator_state
        where ${sql.raw(isAhead('authenticator_state'))}
        and pending_until <= ${now} + ${sql.raw(offsetOf('authenticator_state'))}
      union all select account_id, client from further_authenticator
        where ${sql.raw(isAhead('further_authenticator'))}
        and pending_until <= ${now} + ${sql.raw(offsetOf('further_authenticator'))}
    ) as expired join client c on c.account_id = expired.account_id and c.id = expired.client
    limit ${CLIENTS_AT_ONCE}`.execute(db);
  return rows.map((row) => ({ accountId: Number(row.account_id), clientId: row.client_id }));
}

/** Removes what was not confirmed in time, and the client if nothing else is left of it; false: there was nothing. */
export async function removeExpired(
  db: Db,
  box: SecretBox,
  { accountId, clientId }: ExpiredEnrolment,
  asked: Change,
): Promise<boolean> {
  const change = await inTimeOf(db, accountId, { ...asked, offsetMs: 0 });
  const client = await readClient(db, accountId, clientId);
  return client !== null && dropExpired(db, box, asOf(client, change.at), change);
}

/** The same for a client that was read as of the change. */
export async function dropExpired(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  change: Change,
): Promise<boolean> {
  const { accountId, clientId, authenticators, expired } = client;
  if (expired.length === 0) return false;
  if (authenticators.length === 0) {
    await removeClient(db, box, client, 'authenticator.expired', change);
    return true;
  }
  await writeAuthenticators(db, box, client, client);
  await appendClientEvent(db, accountId, client, clientEvent('authenticator.expired', clientId, change));
  return true;
}
