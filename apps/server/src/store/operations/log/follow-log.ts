import type { Kysely } from 'kysely';
import { passesFilter } from '../../../domain/log/event-filter.ts';
import type { LogFilter, LogPart } from '../../../domain/log/event-store.ts';
import type { EventRecord } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { strideOf, toEvent } from './list-events.ts';
import { prunedTo } from './log-tree.ts';
import { whereEvents } from './where-events.ts';

type Db = Kysely<Schema>;

/** How many events one look goes on at most, whether they match or not: others must get on. */
const EVENTS_AT_ONCE = 5_000;

/** The events numbered above `after` that pass the filter, oldest first, and how far the look went. */
export async function followLog(
  db: Db,
  accountId: number,
  after: number,
  filter: LogFilter,
  limit: number,
): Promise<LogPart> {
  const head = await db
    .selectFrom('account_head')
    .select('last_event')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  const newest = head?.last_event ?? 0;
  // A log that is shorter than the listener remembers was restored from a backup: what comes next is new.
  if (after >= newest) return { events: [], reached: newest, more: false };
  const end = Math.min(newest, after + (filter.refined === undefined ? EVENTS_AT_ONCE : strideOf(filter)));
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', after)
    .where('id', '<=', end)
    .where('id', '>', prunedTo(db, accountId))
    .where((where) => whereEvents(where, filter))
    .orderBy('id')
    .limit(limit)
    .execute();
  const reached = rows.length < limit ? end : (rows.at(-1)?.id ?? end);
  return {
    events: rows.map(toEvent).filter((event) => passesFilter(event, filter)),
    reached,
    more: reached < newest,
  };
}

export async function findEvent(db: Db, accountId: number, id: number): Promise<EventRecord | null> {
  const row = await db
    .selectFrom('event')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where('id', '>', prunedTo(db, accountId))
    .executeTakeFirst();
  return row === undefined ? null : toEvent(row);
}
