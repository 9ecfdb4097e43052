import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty, parameters } from '../schemas.ts';
import { KeyId } from './schemas.ts';

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
      description: 'Within 2 seconds on every process. What the key has done stays in the log.',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      params: parameters({ id: KeyId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      const { id } = request.params;
      await once(request, made, (change) => apiKeys.revoke(account.id, id, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
