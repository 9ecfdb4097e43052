import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { WebhookStore } from '../../../domain/webhooks/ports.ts';
import type { Executor } from '../../operations-store.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import type { PlainChange, RecordedChange } from '../log/recorded-change.ts';
import * as deliveries from './deliveries.ts';
import * as work from './webhook-work.ts';
import * as webhooks from './webhooks.ts';

/**
 * What a store does with webhooks, the same in both dialects.
 *
 * @param writeAsLeader a write that is refused unless this process has the work behind the logs
 */
export function webhookStore(
  read: Executor['read'],
  writeAsLeader: Executor['write'],
  change: RecordedChange,
  plainChange: PlainChange,
  box: SecretBox,
): WebhookStore {
  return {
    createWebhook: (webhook, made) =>
      change(webhook.accountId, 'webhook.created', null, made, (db, timed) =>
        webhooks.createWebhook(db, box, webhook, timed),
      ),
    listWebhooks: (accountId) => read((db) => webhooks.listWebhooks(db, accountId), accountId),
    changeWebhook: (accountId, id, changed, made) =>
      change(accountId, 'webhook.updated', null, made, (db, timed) =>
        webhooks.changeWebhook(db, accountId, id, changed, timed),
      ),
    rotateWebhookSecret: (accountId, id, secret, made) =>
      change(accountId, 'webhook.secret_rotated', null, made, (db, timed) =>
        webhooks.rotateWebhookSecret(db, box, accountId, id, secret, timed),
      ),
    deleteWebhook: (accountId, id, made) =>
      change(accountId, 'webhook.deleted', null, made, (db, timed) =>
        webhooks.deleteWebhook(db, accountId, id, timed),
      ),
    listDeliveries: (accountId, id, page) =>
      read((db) => deliveries.listDeliveries(db, accountId, id, page), accountId),
    webhookTarget: (accountId, id, now) =>
      read((db) => work.webhookTarget(db, box, accountId, id, now), accountId),
    keepDelivery: (accountId, id, attempt, made) =>
      plainChange(accountId, made, async (db) => {
        await lockAccount(db, accountId);
        const [kept] = await deliveries.addDeliveries(db, accountId, id, [attempt]);
        if (kept === undefined) throw new TypeError('an attempt was kept, and has no number');
        return kept;
      }),

    waitingWebhooks: (after, span) => read((db) => work.waitingWebhooks(db, after, span), 'webhooks'),
    webhookWork: (accountId, id, limit, now) =>
      read((db) => work.webhookWork(db, box, accountId, id, limit, now), accountId),
    settleWebhook: (accountId, id, settlement) =>
      writeAsLeader((db) => work.settleWebhook(db, accountId, id, settlement), 'webhooks'),
    switchOffWebhook: (accountId, id, reason, settlement, made) =>
      writeAsLeader((db) => work.switchOffWebhook(db, accountId, id, reason, settlement, made), accountId),
  };
}
