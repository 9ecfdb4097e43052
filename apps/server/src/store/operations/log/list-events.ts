import { type Kysely, type Selectable, sql } from 'kysely';
import { Fault } from '../../../domain/errors.ts';
import { passesFilter } from '../../../domain/log/event-filter.ts';
import type { EventFilter, EventPage, LogFilter } from '../../../domain/log/event-store.ts';
import { type EventRecord, eventTypeOf } from '../../../domain/log/events.ts';
import type { PageRequest } from '../../../domain/page.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { EventTable, Schema } from '../../schema.ts';
import { pageFrom } from '../page.ts';
import { whereEvents } from './where-events.ts';

type Db = Kysely<Schema>;
type EventRow = Selectable<EventTable>;

/** How many events a filter looks at in one stride, and how many strides make a page: others must get on. */
const EVENTS_PER_STRIDE = 2_000;
/** Looking for a text in all of them takes longer. */
const TEXTS_PER_STRIDE = 500;
const STRIDES_PER_PAGE = 25;
/** At most this many rows are read for those that are in a network. */
const ROWS_OF_A_NETWORK = 200;

/** How many events are looked at for this filter before others have their turn. */
export function strideOf({ refined }: LogFilter): number {
  return refined === undefined || refined.text === null ? EVENTS_PER_STRIDE : TEXTS_PER_STRIDE;
}

/** The part of the log that can hold what is asked for, both ends included. */
interface Range {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * A page of the log, newest first. It may be shorter than `limit` and still have a next one, since a
 * filter looks at a bounded number of events. `pause` lets other work in between two strides.
 */
export async function listEvents(
  db: Db,
  accountId: number,
  filter: EventFilter,
  page: PageRequest,
  pause: () => Promise<void>,
): Promise<EventPage> {
  const start = pageFrom.decode(page.cursor);
  if (filter.clientId !== null)
    return listChain(db, accountId, filter, filter.clientId, start, page.limit, pause);

  const range = await rangeOf(db, accountId, filter);
  if (range === null) return { data: [], nextCursor: null };
  const found: EventRecord[] = [];
  const length = strideOf(filter);
  let highest = Math.min(range.highest, start ?? range.highest);
  for (let stride = 0; stride < STRIDES_PER_PAGE && highest >= range.lowest; stride++) {
    const lowest = Math.max(range.lowest, highest - length + 1);
    const most = rowsFor(filter, page.limit + 1 - found.length);
    const rows = await withinTimes(db, accountId, filter)
      .selectAll()
      .where((where) => whereEvents(where, filter))
      .where('id', '<=', highest)
      .where('id', '>=', lowest)
      .orderBy('id', 'desc')
      .limit(most)
      .execute();
    found.push(...rows.map(toEvent).filter((event) => passesFilter(event, filter)));
    const next = found[page.limit];
    if (next !== undefined) {
      return { data: found.slice(0, page.limit), nextCursor: pageFrom.encode(next.id) };
    }
    highest = rows.length < most ? lowest - 1 : (rows.at(-1)?.id ?? lowest) - 1;
    await pause();
  }
  return gaveUp(db, accountId, found, highest >= range.lowest ? highest : 0);
}

/** How many rows are read for a page that lacks this many: of those in a network some are dropped again. */
function rowsFor({ refined }: LogFilter, lacking: number): number {
  return (refined?.addresses.length ?? 0) === 0 ? lacking : Math.max(lacking, ROWS_OF_A_NETWORK);
}

/** A page that a search hands back before it is full. It goes on from the event of this number; 0: that was all. */
async function gaveUp(
  db: Db,
  accountId: number,
  data: readonly EventRecord[],
  next: number,
): Promise<EventPage> {
  if (next === 0) return { data, nextCursor: null };
  const reached = await db
    .selectFrom('event')
    .select('at')
    .where('account_id', '=', accountId)
    .where('id', '=', next)
    .executeTakeFirst();
  const nextCursor = pageFrom.encode(next);
  return reached === undefined ? { data, nextCursor } : { data, nextCursor, searchedTo: reached.at };
}

/** One client's history: each of its events names the one before, so the log needs no index by client. */
async function listChain(
  db: Db,
  accountId: number,
  filter: EventFilter,
  clientId: string,
  start: number | null,
  limit: number,
  pause: () => Promise<void>,
): Promise<EventPage> {
  const range = await rangeOf(db, accountId, filter);
  if (range === null) return { data: [], nextCursor: null };
  const found: EventRecord[] = [];
  let next = start ?? (await newestOf(db, accountId, clientId));
  // A chain ends where the bodies were pruned.
  for (let stride = 0; stride < STRIDES_PER_PAGE && next >= range.lowest; stride++) {
    const links = await chainFrom(db, accountId, next, Math.min(EVENTS_PER_STRIDE, limit * 4));
    const first = links[0];
    if (start !== null && stride === 0 && first?.client_id !== clientId) {
      throw new Fault(
        'cursor_invalid',
        'This cursor is not one that this list gave. Start again without it.',
      );
    }
    if (first === undefined) return { data: found, nextCursor: null };
    for (const link of links) {
      if (link.id < range.lowest) return { data: found, nextCursor: null };
      const event = toEvent(link);
      if (!passes(event, filter)) continue;
      if (found.length === limit) return { data: found, nextCursor: pageFrom.encode(link.id) };
      found.push(event);
    }
    next = links.at(-1)?.previous ?? 0;
    await pause();
  }
  return gaveUp(db, accountId, found, next < range.lowest ? 0 : next);
}

/** One client's events from this number on, newest first. */
export function chainFrom(db: Db, accountId: number, start: number, length: number): Promise<EventRow[]> {
  return db
    .withRecursive('chain', (cte) =>
      cte
        .selectFrom('event')
        .selectAll('event')
        .select(sql<number>`1`.as('depth'))
        .where('account_id', '=', accountId)
        .where('id', '=', start)
        .unionAll(
          cte
            .selectFrom('event')
            .innerJoin('chain', 'chain.previous', 'event.id')
            .where('event.account_id', '=', accountId)
            .where('chain.depth', '<', length)
            .selectAll('event')
            .select(sql<number>`chain.depth + 1`.as('depth')),
        ),
    )
    .selectFrom('chain')
    .selectAll()
    .orderBy('depth')
    .execute();
}

/** One statement, so one state of the store: between two, the client could be enrolled or deleted. */
export async function newestOf(db: Db, accountId: number, clientId: string): Promise<number> {
  const { rows } = await sql<{ newest: number | null }>`
    select coalesce(
      (select state.last_event
       from client join authenticator_state state on state.account_id = client.account_id and state.id = client.id
       where client.account_id = ${accountId} and client.client_id = ${clientId}),
      (select last_event from event_tail where account_id = ${accountId} and client_id = ${clientId})
    ) as newest`.execute(db);
  return rows[0]?.newest ?? 0;
}

/**
 * Which numbers the events of the asked-for hours have, as far as they are kept; null: none at all. Times of a log need not grow with
 * its numbers, as clocks are set back, so every hour tells its first and its last.
 */
export async function rangeOf(db: Db, accountId: number, filter: EventFilter): Promise<Range | null> {
  const range = await numbersOf(db, accountId, filter);
  if (range === null) return null;
  const tree = db.selectFrom('log_tree').select('pruned_to').where('account_id', '=', accountId);
  const prunedTo = (await tree.executeTakeFirst())?.pruned_to ?? 0;
  const lowest = Math.max(range.lowest, prunedTo + 1);
  return lowest > range.highest ? null : { lowest, highest: range.highest };
}

async function numbersOf(db: Db, accountId: number, { from, to }: EventFilter): Promise<Range | null> {
  if (from === null && to === null) {
    const head = db.selectFrom('account_head').select('last_event').where('account_id', '=', accountId);
    const highest = (await head.executeTakeFirst())?.last_event ?? 0;
    return highest === 0 ? null : { lowest: 1, highest };
  }
  let query = db
    .selectFrom('activity')
    .where('account_id', '=', accountId)
    .select([
      sql<number | null>`min(first_event)`.as('lowest'),
      sql<number | null>`max(last_event)`.as('highest'),
    ]);
  if (from !== null) query = query.where('hour', '>=', Math.floor(from / HOUR_MS));
  if (to !== null) query = query.where('hour', '<=', Math.floor(to / HOUR_MS));
  const row = await query.executeTakeFirstOrThrow();
  return row.lowest === null || row.highest === null ? null : { lowest: row.lowest, highest: row.highest };
}

/** The events within the times of the filter. */
export function withinTimes(db: Db, accountId: number, { from, to }: EventFilter) {
  let query = db.selectFrom('event').where('account_id', '=', accountId);
  if (from !== null) query = query.where('at', '>=', from);
  if (to !== null) query = query.where('at', '<', to);
  return query;
}

/** Whether an event passes all of the filter, its times too. */
export function passes(event: EventRecord, filter: EventFilter): boolean {
  return (
    passesFilter(event, filter) &&
    (filter.from === null || event.at >= filter.from) &&
    (filter.to === null || event.at < filter.to)
  );
}

export function toEvent(row: EventRow): EventRecord {
  return {
    id: row.id,
    event: eventTypeOf(row.type),
    outcome: row.outcome === 1 ? 'success' : 'failure',
    reason: row.reason,
    clientId: row.client_id,
    at: row.at,
    origin: { actor: row.actor, ip: row.ip, userAgent: row.user_agent, requestId: row.request_id },
  };
}
