import { Type } from 'typebox';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { NewWebhookView, WebhookEvents, WebhookUrl, webhookView } from './schemas.ts';

export function createWebhook(
  app: App,
  { authenticate, clock, disk, webhooks }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'webhooks'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/webhooks',
    onRequest: authenticate('webhooks:write'),
    schema: {
      operationId: 'createWebhook',
      summary: 'Make a webhook: the log is sent there from now on',
      description:
        "Messages are those of Standard Webhooks, signed with the secret of this answer, which is in no other. Without events every event is sent. It belongs to the bearer's half of the account.",
      tags: ['Webhooks'],
      security: [{ bearer: ['webhooks:write'] }],
      body: body({ url: WebhookUrl, events: Type.Optional(WebhookEvents) }),
      response: answers({ 201: NewWebhookView }, [400, 401, 403, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const { url, events = null } = request.body;
      assertDiskRoom(disk);
      const made = changeOf(request, clock);
      const { status, body } = await once(
        request,
        made,
        (change) => webhooks.create(account.id, { url, events }, change),
        ({ webhook, secret }) => ({
          status: 201 as const,
          body: { ...webhookView(webhook), secret: secret.reveal() },
        }),
      );
      return reply.code(status).send(body);
    },
  });
}
