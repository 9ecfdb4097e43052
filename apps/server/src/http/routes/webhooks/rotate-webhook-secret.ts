import { webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { parameters } from '../schemas.ts';
import { NewWebhookView, WebhookId, webhookView } from './schemas.ts';

export function rotateWebhookSecret(
  app: App,
  { authenticate, clock, webhooks }: RouteNeeds<'authenticate' | 'clock' | 'webhooks'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/webhooks/:id/rotate-secret',
    onRequest: authenticate('webhooks:write'),
    schema: {
      operationId: 'rotateWebhookSecret',
      summary: 'Give a webhook a new secret; the old one signs along for 24 hours',
      description:
        'Each message then has two signatures, and a receiver takes it with either secret. The secret before the old one is forgotten at once.',
      tags: ['Webhooks'],
      security: [{ bearer: ['webhooks:write'] }],
      params: parameters({ id: WebhookId }),
      response: answers({ 200: NewWebhookView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const id = webhookIdIn(request.params.id);
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => webhooks.rotateSecret(account.id, id, change),
        ({ webhook, secret }) => ({
          status: 200 as const,
          body: { ...webhookView(webhook), secret: secret.reveal() },
        }),
      );
      return reply.code(status).send(body);
    },
  });
}
