import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import type { Attempt } from '../../../domain/webhooks/ports.ts';
import { webhookIdIn } from '../../../domain/webhooks/webhook.ts';
import { AccountPlaces } from '../../server/account-places.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, parameters } from '../schemas.ts';
import { DeliveryView, deliveryView, WebhookId } from './schemas.ts';

/** Each waits for a receiver. */
export const SENDS_PER_ACCOUNT = 4;
export const SENDS_AT_ALL = 32;

const Sequence = Type.Integer({
  minimum: 1,
  maximum: 999_999_999_999_999,
  description: "The event's place in your log.",
  examples: [17],
});

/** @param givenUp aborted when the place goes to another account */
type Send = (givenUp: AbortSignal) => Promise<Attempt>;

/** What is sent because it was asked for, while the call waits: a test message, or an event once more. */
export function sendToWebhook(
  app: App,
  { authenticate, clock, store, webhooks }: RouteNeeds<'authenticate' | 'clock' | 'webhooks', 'findEvent'>,
): void {
  const places = new AccountPlaces(SENDS_PER_ACCOUNT, SENDS_AT_ALL, tooManySends);
  const onRequest = authenticate('webhooks:write');
  const shared = {
    tags: ['Webhooks'],
    security: [{ bearer: ['webhooks:write'] }],
    params: parameters({ id: WebhookId }),
    response: answers({ 200: DeliveryView }, [400, 401, 403, 404, 413, 415, 500, 503]),
  };
  const keep = async (request: FastifyRequest, id: string, send: Send) => {
    const { account } = principalOf(request);
    const { givenUp, release } = places.take(account.id);
    try {
      const attempt = await send(givenUp);
      return await once(
        request,
        changeOf(request, clock),
        (change) => webhooks.keep(account.id, id, attempt, change),
        (delivery) => ({ status: 200 as const, body: deliveryView(delivery) }),
      );
    } finally {
      release();
    }
  };
  app.route({
    method: 'POST',
    url: '/api/webhooks/:id/test',
    onRequest,
    schema: {
      ...shared,
      operationId: 'testWebhook',
      summary: 'Send a test message to a webhook, and see what it answers',
      description:
        'A message of the type webhook.test, signed like all others. It is sent once, also to a webhook that is off, and delays no event. If the call itself fails, what came of it may not be kept, and repeating the call sends it again.',
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const id = webhookIdIn(request.params.id);
      const { status, body } = await keep(request, id, (givenUp) => webhooks.test(account, id, givenUp));
      return reply.code(status).send(body);
    },
  });
  app.route({
    method: 'POST',
    url: '/api/webhooks/:id/resend',
    onRequest,
    schema: {
      ...shared,
      operationId: 'resendEvent',
      summary: 'Send an event to a webhook once more, and see what it answers',
      description:
        'Whether or not it was delivered, and whatever events the webhook asks for. It is sent once, with the same webhook-id as before, and delays no other event. If the call itself fails, what came of it may not be kept, and repeating the call sends it again.',
      body: body({ sequence: Sequence }),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const id = webhookIdIn(request.params.id);
      const event = await store.findEvent(account.id, request.body.sequence);
      if (event === null)
        throw new Fault('event_not_found', 'Your log has no event with this number, or no longer.');
      const send: Send = (givenUp) => webhooks.resend(account, id, event, givenUp);
      const { status, body } = await keep(request, id, send);
      return reply.code(status).send(body);
    },
  });
}

function tooManySends(whose: string, most: number): Fault {
  return new Fault('rate_limited', `${whose} may have ${most} such messages under way on one server.`, {
    retryAfterSeconds: 5,
  });
}
