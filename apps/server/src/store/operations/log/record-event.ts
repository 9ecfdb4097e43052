import type { Kysely } from 'kysely';
import type { NewEvent } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { appendClientEvent, appendEvent, appendTailEvent, readTail } from './append-event.ts';

/** Records something that changed nothing else; what concerns a client joins its history. Faults: account_not_found. */
export async function recordEvent(db: Kysely<Schema>, accountId: number, event: NewEvent): Promise<void> {
  const { clientId } = event;
  if (clientId === null) {
    await appendEvent(db, accountId, event);
    return;
  }
  // Where its history ends must be where it still ends when the event is written.
  await lockAccount(db, accountId);
  const client = await db
    .selectFrom('client')
    .innerJoin('authenticator_state as state', (join) =>
      join.onRef('state.account_id', '=', 'client.account_id').onRef('state.id', '=', 'client.id'),
    )
    .select(['client.id', 'state.last_event as lastEvent'])
    .where('client.account_id', '=', accountId)
    .where('client.client_id', '=', clientId)
    .executeTakeFirst();
  if (client === undefined) {
    await appendTailEvent(db, accountId, clientId, event, await readTail(db, accountId, clientId));
  } else {
    await appendClientEvent(db, accountId, client, event);
  }
}
