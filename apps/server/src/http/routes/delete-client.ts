import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf } from '../authentication.ts';
import { originOf } from '../origin.ts';
import { ClientId, Empty, parameters } from '../schemas.ts';
import type { RouteContext } from '../services.ts';

export function deleteClient(app: App, { authenticate, clock, store }: RouteContext): void {
  app.route({
    method: 'DELETE',
    url: '/api/totp/clients/:clientId',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'deleteClient',
      summary: 'Remove a user and the secret; the log stays',
      tags: ['Clients'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const change = { at: clock(), origin: originOf(request) };
      await store.deleteClient(account.id, request.params.clientId, change);
      return reply.code(204).send(null);
    },
  });
}
