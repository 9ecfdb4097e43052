import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, Empty, parameters } from '../schemas.ts';

export function deleteClientRecoveryCodes(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'deleteClientRecoveryCodes'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/totp/clients/:clientId/recovery-codes',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'deleteClientRecoveryCodes',
      summary: 'Void all recovery codes of a user',
      description: 'Codes of the phone go on.',
      tags: ['Users'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      const { clientId } = request.params;
      await once(
        request,
        made,
        (change) => store.deleteClientRecoveryCodes(account.id, clientId, change),
        noContent,
      );
      return reply.code(204).send(null);
    },
  });
}
