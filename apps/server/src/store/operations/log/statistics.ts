import { type Kysely, sql } from 'kysely';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import type { ClientCounts, HourlyActivity } from '../../../domain/log/statistics.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { Schema } from '../../schema.ts';
import { lockedRows } from '../clients/locked-clients.ts';

type Db = Kysely<Schema>;

/**
 * Of the newest events, whose refusals are not counted yet, at most this many are looked at. They are those of about
 * a second, unless the work behind the logs is behind; what is beyond has its reason told later.
 */
const MAX_UNCOUNTED = 10_000;

/** What was counted in the hours from `first` to `last` (hours since the epoch), both included. */
export async function readActivity(
  db: Db,
  accountId: number,
  first: number,
  last: number,
): Promise<HourlyActivity> {
  const hours = await db
    .selectFrom('activity')
    .select(['hour', 'accepted', 'refused', 'locked'])
    .where('account_id', '=', accountId)
    .where('hour', '>=', first)
    .where('hour', '<=', last)
    .orderBy('hour')
    .execute();
  // One statement, so one state of the store: between two, events could move from the one part to the other.
  const { rows } = await sql<{ hour: number; reason: string; refusals: number | string }>`
    select hour, reason, refusals from refusal
    where account_id = ${accountId} and hour >= ${first} and hour <= ${last}
    union all
    select ${hourOf} as hour, coalesce(reason, '') as reason, count(*) as refusals from event
    where account_id = ${accountId}
      and id > (${countedUpTo(accountId)})
      and ${isRefusal}
      and at >= ${first * HOUR_MS} and at < ${(last + 1) * HOUR_MS}
    group by ${hourOf}, coalesce(reason, '')`.execute(db);
  return { hours, refusals: rows.map((row) => ({ ...row, refusals: Number(row.refusals) })) };
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
