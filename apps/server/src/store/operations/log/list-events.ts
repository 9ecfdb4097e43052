import { type Kysely, type Selectable, sql } from 'kysely';
import { Fault } from '../../../domain/errors.ts';
import type { EventFilter } from '../../../domain/log/event-store.ts';
import { EVENT_TYPES, type EventRecord, eventTypeOf } from '../../../domain/log/events.ts';
import type { Page, PageRequest } from '../../../domain/page.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { EventTable, Schema } from '../../schema.ts';
import { pageFrom } from '../page.ts';

type Db = Kysely<Schema>;
type EventRow = Selectable<EventTable>;

/** How many events a filter looks at in one stride, and how many strides make a page: others must get on. */
const EVENTS_PER_STRIDE = 2_000;
const STRIDES_PER_PAGE = 25;

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
): Promise<Page<EventRecord>> {
  const start = pageFrom.decode(page.cursor);
  if (filter.clientId !== null)
    return listChain(db, accountId, filter, filter.clientId, start, page.limit, pause);

  const range = await rangeOf(db, accountId, filter);
  if (range === null) return { data: [], nextCursor: null };
  const found: EventRow[] = [];
  let highest = Math.min(range.highest, start ?? range.highest);
  for (let stride = 0; stride < STRIDES_PER_PAGE && highest >= range.lowest; stride++) {
    const lowest = Math.max(range.lowest, highest - EVENTS_PER_STRIDE + 1);
    const rows = await matching(db, accountId, filter)
      .where('id', '<=', highest)
      .where('id', '>=', lowest)
      .orderBy('id', 'desc')
      .limit(page.limit + 1 - found.length)
      .execute();
    found.push(...rows);
    const next = found[page.limit];
    if (next !== undefined) {
      return { data: found.slice(0, page.limit).map(toEvent), nextCursor: pageFrom.encode(next.id) };
    }
    highest = lowest - 1;
    await pause();
  }
  return { data: found.map(toEvent), nextCursor: highest >= range.lowest ? pageFrom.encode(highest) : null };
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
): Promise<Page<EventRecord>> {
  const range = await rangeOf(db, accountId, filter);
  if (range === null) return { data: [], nextCursor: null };
  const found: EventRow[] = [];
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
    if (first === undefined) return { data: found.map(toEvent), nextCursor: null };
    for (const link of links) {
      if (link.id < range.lowest) return { data: found.map(toEvent), nextCursor: null };
      if (!passes(link, filter)) continue;
      if (found.length === limit) return { data: found.map(toEvent), nextCursor: pageFrom.encode(link.id) };
      found.push(link);
    }
    next = links.at(-1)?.previous ?? 0;
    await pause();
  }
  return { data: found.map(toEvent), nextCursor: next < range.lowest ? null : pageFrom.encode(next) };
}

function chainFrom(db: Db, accountId: number, start: number, length: number): Promise<EventRow[]> {
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
async function newestOf(db: Db, accountId: number, clientId: string): Promise<number> {
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
async function rangeOf(db: Db, accountId: number, filter: EventFilter): Promise<Range | null> {
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

/** What is no success is a failure, in a filter as in the line that is shown: nothing falls between the two. */
function matching(db: Db, accountId: number, filter: EventFilter) {
  let query = db.selectFrom('event').selectAll().where('account_id', '=', accountId);
  if (filter.event !== null) query = query.where('type', '=', EVENT_TYPES[filter.event]);
  if (filter.outcome !== null) query = query.where('outcome', filter.outcome === 'success' ? '=' : '<>', 1);
  if (filter.from !== null) query = query.where('at', '>=', filter.from);
  if (filter.to !== null) query = query.where('at', '<', filter.to);
  return query;
}

function passes(row: EventRow, filter: EventFilter): boolean {
  return (
    (filter.event === null || row.type === EVENT_TYPES[filter.event]) &&
    (filter.outcome === null || (row.outcome === 1) === (filter.outcome === 'success')) &&
    (filter.from === null || row.at >= filter.from) &&
    (filter.to === null || row.at < filter.to)
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
