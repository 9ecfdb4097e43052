import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty, parameters } from '../schemas.ts';

export function revokeKey(
  app: App,
  { apiKeys, authenticate, clock }: RouteNeeds<'apiKeys' | 'authenticate' | 'clock'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/keys/:id',
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'revokeKey',
      summary: 'Revoke an API key and every token issued for it',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      params: parameters({ id: Type.String({ pattern: '^[a-z2-7]{1,64}$', description: "The key's id." }) }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      await apiKeys.revoke(account.id, request.params.id, { at: clock(), origin: originOf(request) });
      return reply.code(204).send(null);
    },
  });
}
