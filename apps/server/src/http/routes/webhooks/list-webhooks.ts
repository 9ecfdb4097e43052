import { webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { listOf, parameters } from '../schemas.ts';
import { WebhookId, WebhookView, webhookView } from './schemas.ts';

/** All of an account's webhooks, which are a few, and one of them. */
export function listWebhooks(
  app: App,
  { authenticate, store, webhooks }: RouteNeeds<'authenticate' | 'webhooks', 'listWebhooks'>,
): void {
  const onRequest = authenticate('webhooks:read');
  const shared = { tags: ['Webhooks'], security: [{ bearer: ['webhooks:read'] }] };
  app.route({
    method: 'GET',
    url: '/api/webhooks',
    onRequest,
    schema: {
      ...shared,
      operationId: 'listWebhooks',
      summary: 'List the webhooks, oldest first; never their secrets',
      description: 'An account has ten at most, so the list has no pages.',
      response: answers({ 200: listOf(WebhookView) }, [401, 403, 503]),
    },
    async handler(request) {
      const found = await store.listWebhooks(principalOf(request).account.id);
      return { data: found.map((one) => webhookView(one)) };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/webhooks/:id',
    onRequest,
    schema: {
      ...shared,
      operationId: 'getWebhook',
      summary: 'One webhook; never its secret',
      description: 'How far its deliveries are, and whether they fail.',
      params: parameters({ id: WebhookId }),
      response: answers({ 200: WebhookView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const id = webhookIdIn(request.params.id);
      const webhook = await webhooks.find(principalOf(request).account.id, id);
      return webhookView(webhook);
    },
  });
}
