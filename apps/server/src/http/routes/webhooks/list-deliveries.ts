import { Type } from 'typebox';
import { KEPT_DELIVERIES, webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Cursor, Limit, pageOf, parameters } from '../schemas.ts';
import { DeliveryView, deliveryView, WebhookId } from './schemas.ts';

export function listDeliveries(
  app: App,
  { authenticate, store }: RouteNeeds<'authenticate', 'listDeliveries'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/webhooks/:id/deliveries',
    onRequest: authenticate('webhooks:read'),
    schema: {
      operationId: 'listDeliveries',
      summary: 'The newest attempts to send something to a webhook, newest first',
      description: `The last ${KEPT_DELIVERIES} are kept.`,
      tags: ['Webhooks'],
      security: [{ bearer: ['webhooks:read'] }],
      params: parameters({ id: WebhookId }),
      querystring: parameters({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }),
      response: answers({ 200: pageOf(DeliveryView) }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { limit = 50, cursor = null } = request.query;
      const id = webhookIdIn(request.params.id);
      const page = await store.listDeliveries(principalOf(request).account.id, id, { limit, cursor });
      return { data: page.data.map(deliveryView), nextCursor: page.nextCursor };
    },
  });
}
