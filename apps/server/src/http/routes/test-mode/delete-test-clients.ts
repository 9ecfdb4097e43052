import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty } from '../schemas.ts';

export function deleteTestClients(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'deleteTestClients'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/test/clients',
    onRequest: authenticate('totp:write'),
    config: { testOnly: true },
    schema: {
      operationId: 'deleteTestClients',
      summary: 'Delete all users of the test half; its log stays',
      description: 'For the beginning of a test. Keys, policy and clock stay.',
      tags: ['Test mode'],
      security: [{ bearer: ['totp:write'] }],
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      await once(request, made, (change) => store.deleteTestClients(account.id, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
