import { type Kysely, sql } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { EVENT_TYPES, UNKNOWN_EVENT } from '../../../domain/log/events.ts';
import { Secret } from '../../../domain/secret.ts';
import { webhookNotFound } from '../../../domain/webhooks/faults.ts';
import type { LogMark, Settlement, WaitingWebhook, WebhookWork } from '../../../domain/webhooks/ports.ts';
import type { OffReason, WebhookTarget } from '../../../domain/webhooks/webhook.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { toEvent } from '../log/list-events.ts';
import { isOfLog } from '../log/log-mark.ts';
import { prunedTo } from '../log/log-tree.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { addDeliveries } from './deliveries.ts';
import { eventsOf, recordWebhook } from './webhooks.ts';

type Db = Kysely<Schema>;

/** How many events one look goes on at most, whether they are asked for or not: others must get on. */
const EVENTS_AT_ONCE = 2_000;
const KNOWN = Object.values(EVENT_TYPES);

/** Webhooks that are on, of accounts that are active. */
function active(db: Db) {
  return (
    db
      .selectFrom('webhook')
      .innerJoin('webhook_progress as progress', (join) =>
        join
          .onRef('progress.account_id', '=', 'webhook.account_id')
          .onRef('progress.webhook', '=', 'webhook.id'),
      )
      .innerJoin('account_head as head', 'head.account_id', 'webhook.account_id')
      .innerJoin('account', 'account.id', 'webhook.account_id')
      // A test half ends with its live account, whatever its own row says.
      .leftJoin('account as live', 'live.id', 'account.test_of')
      .where('webhook.off_at', 'is', null)
      .where('account.disabled_at', 'is', null)
      .where('live.disabled_at', 'is', null)
  );
}

/** Those with events that are not delivered, of the accounts numbered above `after`; at most `span` numbers on. */
export async function waitingWebhooks(
  db: Db,
  after: number,
  span: number,
): Promise<{ readonly waiting: readonly WaitingWebhook[]; readonly highest: number }> {
  const waiting = await active(db)
    .select(({ fn }) => [
      'webhook.account_id as accountId',
      fn.coalesce('account.test_of', 'account.id').as('ownerId'),
      'webhook.id',
      'progress.delivered_to as deliveredTo',
      'progress.failures',
      'progress.failing_since as failingSince',
      'progress.retry_at as retryAt',
      sql<number>`head.last_event - progress.delivered_to`.as('behind'),
    ])
    .whereRef('head.last_event', '>', 'progress.delivered_to')
    .where('webhook.account_id', '>', after)
    .where('webhook.account_id', '<=', after + span)
    .execute();
  const { highest } = await db
    .selectFrom('webhook')
    .select(sql<number | null>`max(account_id)`.as('highest'))
    .executeTakeFirstOrThrow();
  return { waiting, highest: highest ?? 0 };
}

/** What is to be sent next; null: nothing is, to this webhook. Faults: secret_unreadable. */
export async function webhookWork(
  db: Db,
  box: SecretBox,
  accountId: number,
  id: string,
  limit: number,
  now: number,
): Promise<WebhookWork | null> {
  const row = await active(db)
    .selectAll(['webhook', 'progress'])
    .select([
      'account.public_id',
      'account.test_of',
      'account.data_key',
      'account.data_key_master',
      'head.last_event',
      'head.clock_offset',
    ])
    .where('webhook.account_id', '=', accountId)
    .where('webhook.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  const log = await eventsAfter(db, accountId, row.delivered_to, row, limit);
  const dataKey = {
    accountPublicId: row.public_id,
    masterKeyId: row.data_key_master,
    wrapped: row.data_key,
  };
  return {
    accountPublicId: row.public_id,
    target: targetOf(box, dataKey, row, now + row.clock_offset),
    isTest: row.test_of !== null,
    offsetMs: row.clock_offset,
    version: row.version,
    deliveredTo: row.delivered_to,
    failures: row.failures,
    failingSince: row.failing_since,
    retryAt: row.retry_at,
    ...log,
  };
}

async function eventsAfter(
  db: Db,
  accountId: number,
  after: number,
  row: { readonly events: string | null; readonly last_event: number },
  limit: number,
) {
  const pruned = (await prunedTo(db, accountId).executeTakeFirst())?.pruned_to ?? 0;
  const from = Math.max(after, pruned);
  const end = Math.min(row.last_event, from + EVENTS_AT_ONCE);
  let query = db
    .selectFrom('event')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', from)
    .where('id', '<=', end);
  const wanted = eventsOf(row.events);
  if (wanted !== null) {
    const types = wanted.flatMap((name) => EVENT_TYPES[name] ?? []);
    // Those that this version does not know may be asked for, too: a newer one has to tell.
    query = query.where((where) =>
      // No database takes an empty list alike: of events of later versions alone there may be none that is known.
      where.or([where('type', 'not in', KNOWN), ...(types.length === 0 ? [] : [where('type', 'in', types)])]),
    );
  }
  const rows = await query.orderBy('id').limit(limit).execute();
  // Retention came in between: what it deleted before the events were read has to count as lost.
  const prunedNow = (await prunedTo(db, accountId).executeTakeFirst())?.pruned_to ?? 0;
  if (prunedNow > from && rows[0]?.id !== from + 1) return eventsAfter(db, accountId, after, row, limit);
  const events = rows.map(toEvent);
  const unknown = events.findIndex(({ event }) => event === UNKNOWN_EVENT);
  if (unknown >= 0) {
    const before = (rows[unknown]?.id ?? 1) - 1;
    const reached = await markOf(db, accountId, before);
    return { events: events.slice(0, unknown), reached, more: false, pruned: Math.max(0, pruned - after) };
  }
  const reached = rows.length < limit ? end : (rows.at(-1)?.id ?? end);
  return {
    events,
    reached: await markOf(db, accountId, reached),
    more: reached < row.last_event,
    pruned: Math.max(0, pruned - after),
  };
}

async function markOf(db: Db, accountId: number, id: number): Promise<LogMark | null> {
  const row = await db
    .selectFrom('event')
    .select(['id', 'at', 'request_id as requestId'])
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

/** Where to send something outside of the order. Faults: webhook_not_found, secret_unreadable. */
export async function webhookTarget(
  db: Db,
  box: SecretBox,
  accountId: number,
  id: string,
  now: number,
): Promise<WebhookTarget> {
  const row = await db
    .selectFrom('webhook')
    .innerJoin('account', 'account.id', 'webhook.account_id')
    .innerJoin('account_head as head', 'head.account_id', 'webhook.account_id')
    .selectAll('webhook')
    .select(['account.public_id', 'account.data_key', 'account.data_key_master', 'head.clock_offset'])
    .where('webhook.account_id', '=', accountId)
    .where('webhook.id', '=', id)
    .executeTakeFirstOrThrow(webhookNotFound);
  const dataKey = {
    accountPublicId: row.public_id,
    masterKeyId: row.data_key_master,
    wrapped: row.data_key,
  };
  return targetOf(box, dataKey, row, now + row.clock_offset);
}

/** @param now by the clock of the account */
function targetOf(
  box: SecretBox,
  dataKey: Parameters<SecretBox['openWebhookSecret']>[0],
  row: Pick<Schema['webhook'], 'id' | 'url' | 'secret' | 'previous_secret' | 'previous_until'>,
  now: number,
): WebhookTarget {
  const open = (sealed: Uint8Array) => new Secret(box.openWebhookSecret(dataKey, row.id, sealed));
  const turning = row.previous_secret !== null && row.previous_until !== null && now < row.previous_until;
  return {
    url: row.url,
    secrets: [
      open(row.secret),
      ...(turning && row.previous_secret !== null ? [open(row.previous_secret)] : []),
    ],
  };
}

/**
 * Keeps how far a webhook is, and the attempts, unless it goes on from something else by now, or the log is not the one
 * that was read: after a failover that lost commits, the number that was reached may be another event's, which no
 * receiver has seen. False: nothing was kept.
 */
export async function settleWebhook(
  db: Db,
  accountId: number,
  id: string,
  { version, from, mark, deliveredTo, failures, failingSince, retryAt, attempts }: Settlement,
): Promise<boolean> {
  if (mark !== null && !(await isOfLog(db, accountId, mark))) return false;
  const { numUpdatedRows } = await db
    .updateTable('webhook_progress')
    .set({ delivered_to: deliveredTo, failures, failing_since: failingSince, retry_at: retryAt })
    .where('account_id', '=', accountId)
    .where('webhook', '=', id)
    .where('version', '=', version)
    .where('delivered_to', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await addDeliveries(db, accountId, id, attempts);
  return true;
}

/** As {@link settleWebhook}; nothing more is sent, and the log says so. */
export async function switchOffWebhook(
  db: Db,
  accountId: number,
  id: string,
  reason: OffReason,
  settlement: Settlement,
  change: Change,
): Promise<boolean> {
  await lockAccount(db, accountId);
  const timed = await inTimeOf(db, accountId, change);
  if (!(await settleWebhook(db, accountId, id, settlement))) return false;
  await db
    .updateTable('webhook')
    .set({ off_at: timed.at, off_reason: reason })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
  await recordWebhook(db, accountId, 'webhook.switched_off', id, timed);
  return true;
}
