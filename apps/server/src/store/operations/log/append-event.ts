import { type Kysely, sql } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import type { NewEvent } from '../../../domain/log/events.ts';
import { eventRow, hourRow } from '../../judging/columns.ts';
import { HourTallies } from '../../judging/hour-tallies.ts';
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
  await writeEvents(db, accountId, head.last_event, [{ event, previous }]);
  return head.last_event;
}

/** An event, and the number of the same client's event before it; 0: there is none. */
export interface ChainedEvent {
  readonly event: NewEvent;
  readonly previous: number;
}

/**
 * Writes events into the log under the numbers from `first` on, in two statements. Their numbers were taken from the
 * account's head, which is locked.
 */
export async function writeEvents(
  db: Kysely<Schema>,
  accountId: number,
  first: number,
  events: readonly ChainedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const hours = new HourTallies();
  for (const [place, { event }] of events.entries()) hours.add(event, first + place);
  await db
    .insertInto('event')
    .values(events.map(({ event, previous }, place) => eventRow(accountId, first + place, event, previous)))
    .execute();
  await db
    .insertInto('activity')
    .values([...hours.values()].map((hour) => hourRow(accountId, hour)))
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'hour']).doUpdateSet({
        last_event: sql<number>`excluded.last_event`,
        accepted: sql<number>`activity.accepted + excluded.accepted`,
        refused: sql<number>`activity.refused + excluded.refused`,
        locked: sql<number>`activity.locked + excluded.locked`,
      }),
    )
    .execute();
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

/** Appends one event of each of these clients to its chain, in their order: four statements for any number of them. */
export async function appendClientEvents(
  db: Kysely<Schema>,
  accountId: number,
  ofClients: readonly {
    readonly client: { readonly id: number; readonly lastEvent: number };
    readonly event: NewEvent;
  }[],
): Promise<void> {
  if (ofClients.length === 0) return;
  const { last_event: last } = await db
    .updateTable('account_head')
    .set({ last_event: sql<number>`last_event + ${ofClients.length}` })
    .where('account_id', '=', accountId)
    .returning('last_event')
    .executeTakeFirstOrThrow(accountNotFound);
  const first = last - ofClients.length + 1;
  const events = ofClients.map(({ client, event }) => ({ event, previous: client.lastEvent }));
  await writeEvents(db, accountId, first, events);
  const numbers = ofClients.map(
    ({ client }, place) => sql`(${sql.lit(client.id)}, ${sql.lit(first + place)})`,
  );
  // SQLite and PostgreSQL name the columns of VALUES column1, column2.
  await sql`update authenticator_state set last_event = newest.column2 from (values ${sql.join(numbers)}) as newest
    where account_id = ${accountId} and id = newest.column1`.execute(db);
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

/** By clientId, the newest events about those of these that are not enrolled; without those of which there is none. */
export async function readTails(
  db: Kysely<Schema>,
  accountId: number,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (clientIds.length === 0) return new Map();
  const tails = await db
    .selectFrom('event_tail')
    .select(['client_id', 'last_event'])
    .where('account_id', '=', accountId)
    .where('client_id', 'in', [...clientIds])
    .execute();
  return new Map(tails.map((tail) => [tail.client_id, tail.last_event]));
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
