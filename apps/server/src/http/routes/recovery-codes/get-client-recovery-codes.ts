import { clientNotFound } from '../../../domain/errors.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { timestampOrNull } from '../views.ts';
import { ClientRecoveryCodesView } from './schemas.ts';

export function getClientRecoveryCodes(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'findClientRecoveryCodes'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/recovery-codes',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'getClientRecoveryCodes',
      summary: 'How many recovery codes a user has left; never a code',
      description: 'And when they were made. A user that never had any has 0.',
      tags: ['Users'],
      security: [{ bearer: ['totp:read'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: ClientRecoveryCodesView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const found = await store.findClientRecoveryCodes(account.id, request.params.clientId, clock(request));
      if (found === null) throw clientNotFound();
      return { ...found, createdAt: timestampOrNull(found.createdAt) };
    },
  });
}
