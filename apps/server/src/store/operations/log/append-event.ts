import { type Kysely, sql } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import type { NewEvent } from '../../../domain/log/events.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { eventRow } from '../../judging/columns.ts';
import { tallyOf } from '../../judging/hour-tallies.ts';
import type { Schema } from '../../schema.ts';

/**
 * Appends one event to the account's log, in the transaction of what it tells, and gives its number.
 * `previous` is the number of the same client's event before it, 0 when there is none.
 * Faults: account_not_found.
 */
export async function appendEvent(
  db: Kysely<Schema>,
  accountId: number,
  event: NewEvent,
  previous = 0,
): Promise<number> {
  const head = await db
    .updateTable('account_head')
    .set({ last_event: sql<number>`last_event + 1` })
    .where('account_id', '=', accountId)
    .returning('last_event')
    .executeTakeFirstOrThrow(accountNotFound);
  const id = head.last_event;
  await db
    .insertInto('event')
    .values(eventRow(accountId, id, event, previous))
    .execute();
  const tally = tallyOf(event);
  await db
    .insertInto('activity')
    .values({
      account_id: accountId,
      hour: Math.floor(event.at / HOUR_MS),
      first_event: id,
      last_event: id,
      ...tally,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'hour']).doUpdateSet({
        last_event: id,
        accepted: sql<number>`activity.accepted + ${tally.accepted}`,
        refused: sql<number>`activity.refused + ${tally.refused}`,
        locked: sql<number>`activity.locked + ${tally.locked}`,
      }),
    )
    .execute();
  return id;
}

/** Appends an event of an enrolled client to its chain. */
export async function appendClientEvent(
  db: Kysely<Schema>,
  accountId: number,
  client: { readonly id: number; readonly lastEvent: number },
  event: NewEvent,
): Promise<number> {
  const id = await appendEvent(db, accountId, event, client.lastEvent);
  await db
    .updateTable('authenticator_state')
    .set({ last_event: id })
    .where('account_id', '=', accountId)
    .where('id', '=', client.id)
    .execute();
  return id;
}

/**
 * Appends an event about a clientId that is not enrolled, so that its history can be followed all the same.
 * `previous` is the number of its event before this one.
 */
export async function appendTailEvent(
  db: Kysely<Schema>,
  accountId: number,
  clientId: string,
  event: NewEvent,
  previous: number,
): Promise<number> {
  const id = await appendEvent(db, accountId, event, previous);
  await db
    .insertInto('event_tail')
    .values({ account_id: accountId, client_id: clientId, last_event: id })
    .onConflict((conflict) => conflict.columns(['account_id', 'client_id']).doUpdateSet({ last_event: id }))
    .execute();
  return id;
}

/** The newest event about a clientId that is not enrolled; 0: none. */
export async function readTail(db: Kysely<Schema>, accountId: number, clientId: string): Promise<number> {
  const tail = await db
    .selectFrom('event_tail')
    .select('last_event')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return tail?.last_event ?? 0;
}
