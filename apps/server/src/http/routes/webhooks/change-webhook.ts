import { Type } from 'typebox';
import { webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, nullable, parameters } from '../schemas.ts';
import { WebhookEvents, WebhookId, WebhookUrl, WebhookView, webhookView } from './schemas.ts';

export function changeWebhook(
  app: App,
  { authenticate, clock, webhooks }: RouteNeeds<'authenticate' | 'clock' | 'webhooks'>,
): void {
  app.route({
    method: 'PATCH',
    url: '/api/webhooks/:id',
    onRequest: authenticate('webhooks:write'),
    schema: {
      operationId: 'updateWebhook',
      summary: 'Change where a webhook sends, which events, and whether it does',
      description:
        'What is left out stays. Switched on again, it goes on with the event after deliveredTo, at once. A message that is under way goes to the old URL, and once more to the new one.',
      tags: ['Webhooks'],
      security: [{ bearer: ['webhooks:write'] }],
      params: parameters({ id: WebhookId }),
      body: body({
        url: Type.Optional(WebhookUrl),
        events: Type.Optional(nullable(WebhookEvents)),
        enabled: Type.Optional(Type.Boolean({ description: 'Whether events are sent.' })),
      }),
      response: answers({ 200: WebhookView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const id = webhookIdIn(request.params.id);
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => webhooks.change(account.id, id, request.body, change),
        (webhook) => ({ status: 200 as const, body: webhookView(webhook) }),
      );
      return reply.code(status).send(body);
    },
  });
}
