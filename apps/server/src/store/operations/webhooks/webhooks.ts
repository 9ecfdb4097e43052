import { type Kysely, sql } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { EventType } from '../../../domain/log/events.ts';
import type { Secret } from '../../../domain/secret.ts';
import { webhookNotFound, webhookQuotaExceeded } from '../../../domain/webhooks/faults.ts';
import type { NewWebhook, WebhookChange } from '../../../domain/webhooks/ports.ts';
import {
  MAX_WEBHOOKS,
  type OffReason,
  SECRETS_OVERLAP_MS,
  type Webhook,
  webhookName,
} from '../../../domain/webhooks/webhook.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { nextNumber } from '../clients/next-number.ts';
import { appendEvent } from '../log/append-event.ts';

type Db = Kysely<Schema>;

/** Nothing waits. */
const AT_ONCE = { failures: 0, failing_since: null, retry_at: 0 } as const;

/** The event that tells of it is the last one that is not sent to it. Faults: webhook_quota_exceeded, account_not_found. */
export async function createWebhook(
  db: Db,
  box: SecretBox,
  { accountId, id, url, events, secret }: NewWebhook,
  change: Change,
): Promise<Webhook> {
  // Of two that are made at once the second counts the first.
  await lockAccount(db, accountId);
  const held = await listWebhooks(db, accountId);
  if (held.length >= MAX_WEBHOOKS) throw webhookQuotaExceeded();
  const dataKey = await dataKeyOf(db, accountId);
  await db
    .insertInto('webhook')
    .values({
      account_id: accountId,
      id,
      number: await nextNumber(db, accountId),
      url,
      events: eventsText(events),
      secret: box.sealWebhookSecret(dataKey, id, secret.reveal()),
      previous_secret: null,
      previous_until: null,
      created_at: change.at,
      off_at: null,
      off_reason: null,
    })
    .execute();
  const own = await recordWebhook(db, accountId, 'webhook.created', id, change);
  await db
    .insertInto('webhook_progress')
    .values({
      account_id: accountId,
      webhook: id,
      version: 0,
      delivered_to: own,
      last_delivery: 0,
      ...AT_ONCE,
    })
    .execute();
  return findWebhook(db, accountId, id);
}

/** All of them, oldest first. */
export async function listWebhooks(db: Db, accountId: number): Promise<readonly Webhook[]> {
  return (await webhooksOf(db, accountId).orderBy('webhook.number').execute()).map(toWebhook);
}

/** Faults: webhook_not_found. */
export async function findWebhook(db: Db, accountId: number, id: string): Promise<Webhook> {
  const row = await webhooksOf(db, accountId)
    .where('webhook.id', '=', id)
    .executeTakeFirstOrThrow(webhookNotFound);
  return toWebhook(row);
}

/** One that is switched on again, or has another URL, is tried at once. Faults: webhook_not_found. */
export async function changeWebhook(
  db: Db,
  accountId: number,
  id: string,
  { url, events, enabled }: WebhookChange,
  change: Change,
): Promise<Webhook> {
  await lockAccount(db, accountId);
  const before = await findWebhook(db, accountId, id);
  const off = offOf(before, enabled, change.at);
  await db
    .updateTable('webhook')
    .set({
      url: url ?? before.url,
      events: eventsText(events === undefined ? before.events : events),
      off_at: off?.at ?? null,
      off_reason: off?.reason ?? null,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
  const anew = enabled === true || (url !== undefined && url !== before.url);
  await db
    .updateTable('webhook_progress')
    .set({ version: sql<number>`version + 1`, ...(anew ? AT_ONCE : {}) })
    .where('account_id', '=', accountId)
    .where('webhook', '=', id)
    .execute();
  await recordWebhook(db, accountId, 'webhook.updated', id, change);
  return findWebhook(db, accountId, id);
}

function offOf(before: Webhook, enabled: boolean | undefined, at: number): Webhook['off'] {
  if (enabled === undefined) return before.off;
  return enabled ? null : (before.off ?? { at, reason: 'asked' });
}

/** The secret until now becomes the previous one; one that was that already is forgotten. Faults: webhook_not_found. */
export async function rotateWebhookSecret(
  db: Db,
  box: SecretBox,
  accountId: number,
  id: string,
  secret: Secret<Uint8Array>,
  change: Change,
): Promise<Webhook> {
  await lockAccount(db, accountId);
  await findWebhook(db, accountId, id);
  const dataKey = await dataKeyOf(db, accountId);
  await db
    .updateTable('webhook')
    .set({
      secret: box.sealWebhookSecret(dataKey, id, secret.reveal()),
      previous_secret: sql<Uint8Array>`secret`,
      previous_until: change.at + SECRETS_OVERLAP_MS,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
  await recordWebhook(db, accountId, 'webhook.secret_rotated', id, change);
  return findWebhook(db, accountId, id);
}

/** Faults: webhook_not_found. */
export async function deleteWebhook(db: Db, accountId: number, id: string, change: Change): Promise<void> {
  await lockAccount(db, accountId);
  await findWebhook(db, accountId, id);
  await db.deleteFrom('webhook').where('account_id', '=', accountId).where('id', '=', id).execute();
  for (const table of ['webhook_progress', 'webhook_delivery'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).where('webhook', '=', id).execute();
  }
  await recordWebhook(db, accountId, 'webhook.deleted', id, change);
}

/** Writes what happened to a webhook into the log, and gives the number of the event. */
export function recordWebhook(
  db: Db,
  accountId: number,
  event: EventType,
  id: string,
  { at, origin }: Change,
): Promise<number> {
  const reason = webhookName(id);
  return appendEvent(db, accountId, { event, outcome: 'success', reason, clientId: null, at, origin });
}

function webhooksOf(db: Db, accountId: number) {
  return db
    .selectFrom('webhook')
    .innerJoin('webhook_progress as progress', (join) =>
      join
        .onRef('progress.account_id', '=', 'webhook.account_id')
        .onRef('progress.webhook', '=', 'webhook.id'),
    )
    .innerJoin('account_head as head', 'head.account_id', 'webhook.account_id')
    .select([
      'webhook.id',
      'webhook.url',
      'webhook.events',
      'webhook.previous_until',
      'webhook.created_at',
      'webhook.off_at',
      'webhook.off_reason',
      'progress.delivered_to',
      'progress.failures',
      'progress.failing_since',
      'progress.retry_at',
      'head.last_event',
    ])
    .where('webhook.account_id', '=', accountId);
}

type WebhookRow = Awaited<ReturnType<ReturnType<typeof webhooksOf>['executeTakeFirstOrThrow']>>;

function toWebhook(row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    events: eventsOf(row.events),
    createdAt: row.created_at,
    off: row.off_at === null ? null : { at: row.off_at, reason: row.off_reason as OffReason },
    previousSecretUntil: row.previous_until,
    deliveredTo: row.delivered_to,
    failures: row.failures,
    failingSince: row.failing_since,
    retryAt: row.retry_at,
    behind: Math.max(0, row.last_event - row.delivered_to),
  };
}

function eventsText(events: readonly EventType[] | null): string | null {
  return events === null ? null : events.join(' ');
}

/** The names in a row; null: all events. */
export function eventsOf(text: string | null): readonly EventType[] | null {
  return text === null ? null : (text.split(' ') as EventType[]);
}
