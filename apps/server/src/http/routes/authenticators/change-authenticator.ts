import { Type } from 'typebox';
import { authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, Empty, nullable, parameters } from '../schemas.ts';
import { authenticatorView } from '../views.ts';
import { AuthenticatorId, AuthenticatorName, AuthenticatorView } from './schemas.ts';

const Params = parameters({ clientId: ClientId, authenticatorId: AuthenticatorId });
const Changes = Type.Object(
  {
    name: Type.Optional(nullable(AuthenticatorName)),
    drift: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 0,
        description: '0: forget the drift, as after the clock was set.',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ name: 'Work phone' }] },
);
const URL = '/api/totp/clients/:clientId/authenticators/:authenticatorId';

/** Renames an authenticator, or removes it. */
export function changeAuthenticator(
  app: App,
  {
    authenticate,
    clock,
    store,
  }: RouteNeeds<'authenticate' | 'clock', 'removeAuthenticator' | 'updateAuthenticator'>,
): void {
  const onRequest = authenticate('totp:write');
  const shared = { tags: ['Authenticators'], security: [{ bearer: ['totp:write'] }], params: Params };
  app.route({
    method: 'PATCH',
    url: URL,
    onRequest,
    schema: {
      ...shared,
      operationId: 'updateAuthenticator',
      summary: 'Rename an authenticator, or forget the drift of its clock',
      description: 'name: null takes the name away. drift: 0 forgets how far its clock was seen to be off.',
      body: Changes,
      response: answers({ 200: AuthenticatorView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request) {
      const { clientId, authenticatorId } = request.params;
      const accountId = principalOf(request).account.id;
      const name = { accountId, clientId, number: authenticatorNumber(authenticatorId) };
      const { name: to, drift } = request.body;
      const changes = { ...(to === undefined ? {} : { name: to }), resetDrift: drift === 0 };
      const { body } = await once(
        request,
        changeOf(request, clock),
        (change) => store.updateAuthenticator(name, changes, change),
        (changed) => ({ status: 200, body: authenticatorView(changed) }),
      );
      return body;
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
      description: 'The only confirmed one cannot be removed: delete the user, or rotate.',
      response: answers({ 204: Empty }, [400, 401, 403, 404, 409, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { clientId, authenticatorId } = request.params;
      const accountId = principalOf(request).account.id;
      const name = { accountId, clientId, number: authenticatorNumber(authenticatorId) };
      const made = changeOf(request, clock);
      await once(request, made, (change) => store.removeAuthenticator(name, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
