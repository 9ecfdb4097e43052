import { webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty, parameters } from '../schemas.ts';
import { WebhookId } from './schemas.ts';

export function deleteWebhook(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'deleteWebhook'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/webhooks/:id',
    onRequest: authenticate('webhooks:write'),
    schema: {
      operationId: 'deleteWebhook',
      summary: 'Delete a webhook, its secret and the list of its deliveries',
      description: 'A message that is under way may still arrive.',
      tags: ['Webhooks'],
      security: [{ bearer: ['webhooks:write'] }],
      params: parameters({ id: WebhookId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const id = webhookIdIn(request.params.id);
      const made = changeOf(request, clock);
      await once(request, made, (change) => store.deleteWebhook(account.id, id, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
