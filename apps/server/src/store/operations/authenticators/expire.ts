import { type Kysely, sql } from 'kysely';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import { CLI_ORIGIN } from '../../../domain/log/events.ts';
import { isAhead, offsetOf } from '../../judging/account-times.ts';
import type { Schema } from '../../schema.ts';
import { removeClient } from '../clients/remove-client.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { readClient, type StoredClient, writeAuthenticators } from './stored-client.ts';

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
  { accountId, clientId }: ExpiredEnrolment,
  asked: Change,
): Promise<boolean> {
  const change = await inTimeOf(db, accountId, { ...asked, offsetMs: 0 });
  const client = await readClient(db, accountId, clientId);
  return client !== null && dropExpired(db, client, change);
}

async function dropExpired(db: Db, client: StoredClient, change: Change): Promise<boolean> {
  const { accountId, clientId } = client;
  const left = client.authenticators.filter((one) => !isExpired(one, change.at));
  if (left.length === client.authenticators.length) return false;
  if (left.length === 0) {
    await removeClient(db, client, 'authenticator.expired', change);
    return true;
  }
  await writeAuthenticators(db, client, { ...client, authenticators: left });
  await appendClientEvent(db, accountId, client, clientEvent('authenticator.expired', clientId, change));
  return true;
}
