import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { EventType, NewEvent } from '../../../domain/log/events.ts';
import type { Lockout } from '../../../domain/verdicts/lockout.ts';
import type { Schema } from '../../schema.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent, notedEvent } from '../log/client-event.ts';
import type { StoredClient } from './stored-client.ts';
import { writeLockout } from './write-authenticators.ts';

/**
 * Records what a code has come to that was not accepted: its event, the client's failures, and the lock if this is the
 * failure that locks.
 *
 * @param recorded the reason in the log
 */
export function recordRefusal(
  db: Kysely<Schema>,
  client: StoredClient,
  event: EventType,
  recorded: string,
  lockout: Lockout,
  change: Change,
): Promise<void> {
  const refused = clientEvent(event, client.clientId, change, recorded);
  return recordFailure(db, client, refused, lockout, change);
}

/** The same of a code that was only looked at: that succeeded, whatever was found. */
export function recordDiagnosis(
  db: Kysely<Schema>,
  client: StoredClient,
  finding: string,
  lockout: Lockout,
  change: Change,
): Promise<void> {
  const diagnosed = notedEvent('client.diagnosed', client.clientId, change, finding);
  return recordFailure(db, client, diagnosed, lockout, change);
}

async function recordFailure(
  db: Kysely<Schema>,
  client: StoredClient,
  event: NewEvent,
  lockout: Lockout,
  change: Change,
): Promise<void> {
  await writeLockout(db, client, lockout);
  const lastEvent = await appendClientEvent(db, client.accountId, client, event);
  if (lockout.locked && !client.lockout.locked) await appendLock(db, client, lastEvent, change);
}

/** Records that the failure before it, which is event `lastEvent`, has locked the client; gives the event's number. */
export async function appendLock(
  db: Kysely<Schema>,
  { accountId, id, clientId }: StoredClient,
  lastEvent: number,
  change: Change,
): Promise<number> {
  const locked = notedEvent('client.locked', clientId, change, 'too_many_failures');
  return appendClientEvent(db, accountId, { id, lastEvent }, locked);
}
