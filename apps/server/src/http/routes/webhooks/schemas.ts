import { type Static, Type } from 'typebox';
import { EVENT_TYPES, type EventType } from '../../../domain/log/events.ts';
import { TEST_TYPE } from '../../../domain/webhooks/message.ts';
import type { Delivery } from '../../../domain/webhooks/ports.ts';
import {
  MAX_URL_LENGTH,
  WEBHOOK_ID_PATTERN,
  type Webhook,
  webhookName,
} from '../../../domain/webhooks/webhook.ts';
import { EventName, named, notEmpty, nullable, openWords, Timestamp } from '../schemas.ts';
import { timestamp, timestampOrNull } from '../views.ts';

/** What calls about webhooks are built of. */

export const WebhookId = Type.String({
  pattern: WEBHOOK_ID_PATTERN,
  description: "The webhook's id.",
  examples: ['whk_abcdefghijklmnop'],
});

export const WebhookUrl = Type.String({
  ...notEmpty,
  maxLength: MAX_URL_LENGTH,
  description:
    'An https:// URL on the internet; other addresses are for the operator to allow. Redirects are not followed.',
  examples: ['https://app.example.com/webhooks/kanda'],
});

export const WebhookEvents = Type.Array(EventName, {
  minItems: 1,
  maxItems: Object.keys(EVENT_TYPES).length,
  uniqueItems: true,
  description: 'The events that are sent.',
});

const STATUSES = ['active', 'failing', 'off'] as const;
const OFF_REASONS = ['asked', 'failing', 'gone'] as const;
const KINDS = ['event', 'resend', 'test'] as const;

const settings = {
  id: WebhookId,
  url: Type.String(),
  events: nullable(
    Type.Array(openWords(Object.keys(EVENT_TYPES) as EventType[], 'An event that is sent.'), {
      description: 'Which events are sent; null: all.',
    }),
  ),
  status: openWords(
    STATUSES,
    'failing: the last attempt failed, and it is tried again. off: nothing is sent.',
  ),
  offReason: nullable(
    openWords(
      OFF_REASONS,
      'Why it is off. asked: you switched it off. failing: nothing was taken for three days. gone: the receiver answered 410.',
    ),
  ),
  deliveredTo: Type.Integer({
    description: 'The sequence up to which every event was taken, or is not asked for.',
  }),
  behind: Type.Integer({ description: 'How many events the log has after that.' }),
  failures: Type.Integer({ description: 'Attempts since the last one that was taken.' }),
  failingSince: nullable(Timestamp),
  nextAttemptAt: nullable(
    Type.String({ format: 'date-time', description: 'When it is tried again; null: it does not wait.' }),
  ),
  previousSecretUntil: nullable(
    Type.String({
      format: 'date-time',
      description: 'Until when the secret before the present one signs along; null: it does not.',
    }),
  ),
  createdAt: Timestamp,
};

const EXAMPLE = {
  id: 'whk_abcdefghijklmnop',
  url: 'https://app.example.com/webhooks/kanda',
  events: ['client.locked', 'client.deleted'],
  status: 'active',
  offReason: null,
  deliveredTo: 17,
  behind: 0,
  failures: 0,
  failingSince: null,
  nextAttemptAt: null,
  previousSecretUntil: null,
  createdAt: '2026-01-31T09:30:00.000Z',
};

export const WebhookView = Type.Object(settings, named('Webhook', 'A webhook; never its secret.', EXAMPLE));

export const NewWebhookView = Type.Object(
  {
    ...settings,
    secret: Type.String({
      description: 'What its messages are signed with. It is shown here and never again.',
    }),
  },
  named('NewWebhook', 'A webhook with its secret, shown once.', {
    ...EXAMPLE,
    secret: 'whsec_your_webhook_secret_here',
  }),
);

export const DeliveryView = Type.Object(
  {
    id: Type.Integer({ description: 'The number of the attempt, within the webhook.' }),
    kind: openWords(KINDS, 'event: in its turn. resend, test: asked for.'),
    sequence: nullable(
      Type.Integer({ description: "The event's place in your log, for POST …/resend; null: a test." }),
    ),
    type: Type.String({ description: `The event, or ${TEST_TYPE}.` }),
    delivered: Type.Boolean({ description: 'Whether the answer was 200 to 299.' }),
    status: nullable(Type.Integer({ description: 'The status of the answer; null: there was none.' })),
    error: nullable(Type.String({ description: 'Why it counts as failed, in a few words.' })),
    durationMs: Type.Integer({ description: 'Until the status of the answer was there.' }),
    at: Type.String({
      format: 'date-time',
      description: "By the server's clock, also for a test half.",
    }),
  },
  named('Delivery', 'An attempt to send something to a webhook.', {
    id: 3,
    kind: 'event',
    sequence: 17,
    type: 'client.locked',
    delivered: false,
    status: 500,
    error: 'answered 500',
    durationMs: 41,
    at: '2026-01-31T09:42:00.000Z',
  }),
);

export function webhookView(webhook: Webhook): Static<typeof WebhookView> {
  const { off, failures, retryAt, previousSecretUntil: until } = webhook;
  return {
    id: webhookName(webhook.id),
    url: webhook.url,
    events: webhook.events === null ? null : [...webhook.events],
    status: off !== null ? 'off' : failures > 0 ? 'failing' : 'active',
    offReason: off?.reason ?? null,
    deliveredTo: webhook.deliveredTo,
    behind: webhook.behind,
    failures,
    failingSince: timestampOrNull(webhook.failingSince),
    nextAttemptAt: off === null && retryAt > 0 ? timestamp(retryAt) : null,
    previousSecretUntil: timestampOrNull(until),
    createdAt: timestamp(webhook.createdAt),
  };
}

export function deliveryView(delivery: Delivery): Static<typeof DeliveryView> {
  const { number, kind, sequence, type, status, error, durationMs, at } = delivery;
  return {
    id: number,
    kind,
    sequence,
    type,
    delivered: error === null,
    status,
    error,
    durationMs,
    at: timestamp(at),
  };
}
