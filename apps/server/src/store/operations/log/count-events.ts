import { type Kysely, sql } from 'kysely';
import { passesFilter } from '../../../domain/log/event-filter.ts';
import type { EventFilter, EventTotal } from '../../../domain/log/event-store.ts';
import type { Schema } from '../../schema.ts';
import { chainFrom, newestOf, passes, rangeOf, strideOf, toEvent, withinTimes } from './list-events.ts';
import { whereEvents } from './where-events.ts';

type Db = Kysely<Schema>;

/** Of a log that is no longer than this every event is looked at. */
const MAX_COUNTED = 10_000;
/** Of a longer one blocks of it that lie evenly over it. */
const SAMPLES = 20;
const EVENTS_PER_SAMPLE = 250;
/** Of fewer matches an estimate would say nothing. */
const MIN_MATCHES = 5;
/** Few, since PostgreSQL visits far more rows for each while it has no statistics of a log that grew quickly. */
const LINKS_PER_STRIDE = 100;
const STRIDES_OF_A_CHAIN = 40;

/** How many events pass the filter: exactly where that is cheap, otherwise as a sample has them. */
export async function countEvents(
  db: Db,
  accountId: number,
  filter: EventFilter,
  pause: () => Promise<void>,
): Promise<EventTotal | null> {
  const range = await rangeOf(db, accountId, filter);
  if (range === null) return { count: 0, accuracy: 'exact' };
  const { lowest, highest } = range;
  if (filter.clientId !== null) return countChain(db, accountId, filter, filter.clientId, lowest, pause);
  const length = highest - lowest + 1;
  if (isUnfiltered(filter)) return { count: length, accuracy: 'exact' };
  const count = (from: number, to: number) => countBetween(db, accountId, filter, from, to);
  if (length <= MAX_COUNTED) {
    const stride = strideOf(filter);
    let total = 0;
    for (let from = lowest; from <= highest; from += stride) {
      total += await count(from, Math.min(highest, from + stride - 1));
      await pause();
    }
    return { count: total, accuracy: 'exact' };
  }
  let matches = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const from = lowest + Math.floor(((length - EVENTS_PER_SAMPLE) * sample) / (SAMPLES - 1));
    matches += await count(from, from + EVENTS_PER_SAMPLE - 1);
    await pause();
  }
  if (matches < MIN_MATCHES) return null;
  return { count: rounded((matches / (SAMPLES * EVENTS_PER_SAMPLE)) * length), accuracy: 'about' };
}

function isUnfiltered({ event, outcome, refined, from, to }: EventFilter): boolean {
  return event === null && outcome === null && refined === undefined && from === null && to === null;
}

async function countBetween(
  db: Db,
  accountId: number,
  filter: EventFilter,
  from: number,
  to: number,
): Promise<number> {
  const some = withinTimes(db, accountId, filter)
    .where((where) => whereEvents(where, filter))
    .where('id', '>=', from)
    .where('id', '<=', to);
  if (filter.refined === undefined || filter.refined.addresses.length === 0) {
    const { matches } = await some
      .select(sql<number | string>`count(*)`.as('matches'))
      .executeTakeFirstOrThrow();
    return Number(matches);
  }
  const rows = await some.selectAll().execute();
  return rows.filter((row) => passesFilter(toEvent(row), filter)).length;
}

async function countChain(
  db: Db,
  accountId: number,
  filter: EventFilter,
  clientId: string,
  lowest: number,
  pause: () => Promise<void>,
): Promise<EventTotal> {
  let count = 0;
  let next = await newestOf(db, accountId, clientId);
  for (let stride = 0; stride < STRIDES_OF_A_CHAIN && next >= lowest; stride++) {
    const links = await chainFrom(db, accountId, next, LINKS_PER_STRIDE);
    const events = links.filter(({ id }) => id >= lowest).map(toEvent);
    count += events.filter((event) => passes(event, filter)).length;
    next = links.at(-1)?.previous ?? 0;
    await pause();
  }
  return { count, accuracy: next >= lowest ? 'atLeast' : 'exact' };
}

/** Two digits: more would say what a sample does not know. */
function rounded(count: number): number {
  return Number(count.toPrecision(2));
}
