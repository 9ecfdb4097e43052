import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { clientView } from '../views.ts';
import { ClientView } from './schemas.ts';

export function getClient(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'findClient'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'getClient',
      summary: 'One enrolled user; never the secret',
      description: 'With its status, and how many wrong codes there were.',
      tags: ['Users'],
      security: [{ bearer: ['totp:read'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: ClientView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const client = await store.findClient(principalOf(request).account.id, request.params.clientId);
      const now = clock(request);
      if (client === null || isExpired(client, now)) throw clientNotFound();
      return clientView(client, now);
    },
  });
}
