import { type Kysely, type RawBuilder, sql } from 'kysely';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import type {
  ClientCounts,
  HourCounts,
  HourlyActivity,
  HourRefusals,
  Span,
} from '../../../domain/log/statistics.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { Schema } from '../../schema.ts';
import { lockedRows } from '../clients/locked-clients.ts';

type Db = Kysely<Schema>;

/**
 * Of the newest events, whose refusals are not counted yet, at most this many are looked at. They are those of about
 * a second, unless the work behind the logs is behind; what is beyond has its reason told later.
 */
const MAX_UNCOUNTED = 10_000;

/** So many hours are added up in one statement: up to six reasons in each of them take about 2 ms on SQLite. */
const STRIDE_HOURS = 31 * 24;

/**
 * What was counted in the hours of a span, added up by its buckets. `pause` lets other work in between two strides. The
 * newest stride is read last, with what is not counted yet: an event that is counted meanwhile is missing in the answer
 * if it is of an older stride, and is never in it twice.
 */
export async function readActivity(
  db: Db,
  accountId: number,
  span: Span,
  pause: () => Promise<void>,
): Promise<HourlyActivity> {
  const hours: HourCounts[] = [];
  const refusals: HourRefusals[] = [];
  for (let first = span.first; first <= span.last; first += STRIDE_HOURS) {
    if (first > span.first) await pause();
    const last = Math.min(first + STRIDE_HOURS - 1, span.last);
    const stride = { first, last, bucketHours: span.bucketHours };
    hours.push(...(await readCodes(db, accountId, stride)));
    refusals.push(...(await readRefusals(db, accountId, stride, last === span.last ? span : null)));
  }
  return { hours, refusals };
}

async function readCodes(db: Db, accountId: number, { first, last, bucketHours }: Span) {
  const bucket = bucketOf(sql`hour`, bucketHours);
  const { rows } = await sql<Record<keyof HourCounts, number | string>>`
    select ${bucket} as hour, sum(accepted) as accepted, sum(refused) as refused, sum(locked) as locked
    from activity
    where account_id = ${accountId} and hour >= ${first} and hour <= ${last}
    group by ${bucket}`.execute(db);
  return rows
    .map(({ hour, accepted, refused, locked }) => ({
      hour: Number(hour),
      accepted: Number(accepted),
      refused: Number(refused),
      locked: Number(locked),
    }))
    .sort((one, other) => one.hour - other.hour);
}

/** @param uncounted the span of whose events those are to be added that are not counted yet */
async function readRefusals(
  db: Db,
  accountId: number,
  { first, last, bucketHours }: Span,
  uncounted: Span | null,
): Promise<HourRefusals[]> {
  const bucket = bucketOf(sql`hour`, bucketHours);
  const bucketOfEvent = bucketOf(hourOf, bucketHours);
  const events =
    uncounted === null
      ? sql``
      : sql`union all
    select ${bucketOfEvent} as hour, coalesce(reason, '') as reason, count(*) as refusals from event
    where account_id = ${accountId}
      and id > (${countedUpTo(accountId)})
      and ${isRefusal}
      and at >= ${uncounted.first * HOUR_MS} and at < ${(uncounted.last + 1) * HOUR_MS}
    group by ${bucketOfEvent}, coalesce(reason, '')`;
  // One statement, so one state of the store: between two, events could move from the one part to the other.
  const { rows } = await sql<Record<'hour' | 'refusals', number | string> & { reason: string }>`
    select ${bucket} as hour, reason, sum(refusals) as refusals from refusal
    where account_id = ${accountId} and hour >= ${first} and hour <= ${last}
    group by ${bucket}, reason
    ${events}`.execute(db);
  return rows.map(({ hour, reason, refusals }) => ({
    hour: Number(hour),
    reason,
    refusals: Number(refusals),
  }));
}

/** The first hour of the bucket. Its length is written out, as PostgreSQL takes two parameters for two expressions. */
function bucketOf(hour: RawBuilder<unknown>, bucketHours: number) {
  return sql`${hour} / ${sql.lit(bucketHours)} * ${sql.lit(bucketHours)}`;
}

/** One number, as with two bounds a planner takes the wrong one and walks through the whole log. */
function countedUpTo(accountId: number) {
  const reach = sql`head.last_event - ${sql.lit(MAX_UNCOUNTED)}`;
  const size = sql`coalesce(tree.size, 0)`;
  return sql<number>`select case when ${size} > ${reach} then ${size} else ${reach} end
    from account_head head left join log_tree tree on tree.account_id = head.account_id
    where head.account_id = ${accountId}`;
}

/**
 * Counts the refusals among the events numbered above `from` up to `to`. Called in the transaction that puts these
 * into the log's tree, so each is counted once.
 */
export async function countRefusals(db: Db, accountId: number, from: number, to: number): Promise<void> {
  await sql`insert into refusal (account_id, hour, reason, refusals)
    select account_id, ${hourOf}, coalesce(reason, ''), count(*) from event
    where account_id = ${accountId} and id > ${from} and id <= ${to} and ${isRefusal}
    group by account_id, ${hourOf}, coalesce(reason, '')
    on conflict (account_id, hour, reason) do update set refusals = refusal.refusals + excluded.refusals`.execute(
    db,
  );
}

const isRefusal = sql<boolean>`type = ${sql.lit(EVENT_TYPES['totp.validated'])} and outcome = 0`;
/** Whole numbers divide to whole numbers in both dialects. */
const hourOf = sql<number>`at / ${sql.lit(HOUR_MS)}`;

/** How many clients there are, as counted with each change, and how many of them are locked at `now` (ms). */
export async function countClients(db: Db, accountId: number, now: number): Promise<ClientCounts> {
  const lockedOnes = lockedRows(accountId, now);
  const { rows } = await sql<{ total: number; disabled: number; locked: number | string }>`
    select clients as total, disabled_clients as disabled,
      (select count(*) from ${lockedOnes.locked}) + (select count(*) from ${lockedOnes.delayed}) as locked
    from account_head where account_id = ${accountId}`.execute(db);
  const { total = 0, disabled = 0, locked = 0 } = rows[0] ?? {};
  return { total: Number(total), disabled: Number(disabled), locked: Number(locked) };
}

/**
 * Adds to the numbers of clients and of disabled clients of the account; either may be negative. To be called when the
 * account's head is locked already, so that transactions lock in one order.
 */
export async function addClients(
  db: Db,
  accountId: number,
  more: { readonly total: number; readonly disabled: number },
): Promise<void> {
  if (more.total === 0 && more.disabled === 0) return;
  await db
    .updateTable('account_head')
    .set({
      clients: sql<number>`clients + ${more.total}`,
      disabled_clients: sql<number>`disabled_clients + ${more.disabled}`,
    })
    .where('account_id', '=', accountId)
    .execute();
}
