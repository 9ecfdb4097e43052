import { authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, ClientId, Empty, nullable, parameters } from '../schemas.ts';
import { authenticatorView } from '../views.ts';
import { AuthenticatorId, AuthenticatorName, AuthenticatorView } from './schemas.ts';

const Params = parameters({ clientId: ClientId, authenticatorId: AuthenticatorId });
const URL = '/api/totp/clients/:clientId/authenticators/:authenticatorId';

/** Renames an authenticator, or removes it. */
export function changeAuthenticator(
  app: App,
  {
    authenticate,
    clock,
    store,
  }: RouteNeeds<'authenticate' | 'clock', 'removeAuthenticator' | 'renameAuthenticator'>,
): void {
  const onRequest = authenticate('totp:write');
  const shared = { tags: ['Authenticators'], security: [{ bearer: ['totp:write'] }], params: Params };
  app.route({
    method: 'PATCH',
    url: URL,
    onRequest,
    schema: {
      ...shared,
      operationId: 'renameAuthenticator',
      summary: 'Rename an authenticator',
      body: body({ name: nullable(AuthenticatorName) }),
      response: answers({ 200: AuthenticatorView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request) {
      const { clientId, authenticatorId } = request.params;
      const accountId = principalOf(request).account.id;
      const name = { accountId, clientId, number: authenticatorNumber(authenticatorId) };
      const change = { at: clock(), origin: originOf(request) };
      return authenticatorView(await store.renameAuthenticator(name, request.body.name, change));
    },
  });
  app.route({
    method: 'DELETE',
    url: URL,
    onRequest,
    schema: {
      ...shared,
      operationId: 'removeAuthenticator',
      summary: 'Remove an authenticator, or cancel a pending one',
      response: answers({ 204: Empty }, [400, 401, 403, 404, 409, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { clientId, authenticatorId } = request.params;
      const accountId = principalOf(request).account.id;
      const name = { accountId, clientId, number: authenticatorNumber(authenticatorId) };
      await store.removeAuthenticator(name, { at: clock(), origin: originOf(request) });
      return reply.code(204).send(null);
    },
  });
}
