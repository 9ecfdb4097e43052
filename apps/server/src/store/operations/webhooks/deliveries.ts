import { type Kysely, type Selectable, sql } from 'kysely';
import type { Page, PageRequest } from '../../../domain/page.ts';
import { webhookNotFound } from '../../../domain/webhooks/faults.ts';
import type { Attempt, Delivery, DeliveryKind } from '../../../domain/webhooks/ports.ts';
import { KEPT_DELIVERIES } from '../../../domain/webhooks/webhook.ts';
import type { Schema } from '../../schema.ts';
import type { WebhookDeliveryTable } from '../../webhook-tables.ts';
import { pageAfter } from '../page.ts';

type Db = Kysely<Schema>;

/** Keeps attempts, and forgets the oldest ones. Their numbers come from a row that this locks. */
export async function addDeliveries(
  db: Db,
  accountId: number,
  webhook: string,
  attempts: readonly Attempt[],
): Promise<readonly Delivery[]> {
  if (attempts.length === 0) return [];
  const { last_delivery: last } = await db
    .updateTable('webhook_progress')
    .set({ last_delivery: sql<number>`last_delivery + ${attempts.length}` })
    .where('account_id', '=', accountId)
    .where('webhook', '=', webhook)
    .returning('last_delivery')
    .executeTakeFirstOrThrow(webhookNotFound);
  const first = last - attempts.length + 1;
  const kept = attempts.map((attempt, place): Delivery => ({ ...attempt, number: first + place }));
  await db
    .insertInto('webhook_delivery')
    .values(
      kept.map(({ number, kind, sequence, type, at, durationMs, status, error }) => ({
        account_id: accountId,
        webhook,
        number,
        kind,
        sequence,
        type,
        at,
        duration_ms: durationMs,
        status,
        error,
      })),
    )
    .execute();
  await db
    .deleteFrom('webhook_delivery')
    .where('account_id', '=', accountId)
    .where('webhook', '=', webhook)
    .where('number', '<=', last - KEPT_DELIVERIES)
    .execute();
  return kept;
}

/** Newest first. Faults: webhook_not_found, cursor_invalid. */
export async function listDeliveries(
  db: Db,
  accountId: number,
  webhook: string,
  { cursor, limit }: PageRequest,
): Promise<Page<Delivery>> {
  const after = pageAfter.decode(cursor);
  await db
    .selectFrom('webhook')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', webhook)
    .executeTakeFirstOrThrow(webhookNotFound);
  let query = db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('webhook', '=', webhook);
  if (after !== null) query = query.where('number', '<', after);
  const rows = await query
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageAfter.of(rows, limit, (row) => row.number);
  return { ...page, data: page.data.map(toDelivery) };
}

function toDelivery(row: Selectable<WebhookDeliveryTable>): Delivery {
  return {
    number: row.number,
    kind: row.kind as DeliveryKind,
    sequence: row.sequence,
    type: row.type,
    at: row.at,
    durationMs: row.duration_ms,
    status: row.status,
    error: row.error,
  };
}
