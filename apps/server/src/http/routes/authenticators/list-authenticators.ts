import { authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import { authenticatorNotFound } from '../../../domain/authenticators/faults.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, listOf, parameters } from '../schemas.ts';
import { authenticatorView } from '../views.ts';
import { AuthenticatorId, AuthenticatorView } from './schemas.ts';

/** All of a client's authenticators, which are a few, and one of them. */
export function listAuthenticators(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'listAuthenticators'>,
): void {
  const onRequest = authenticate('totp:read');
  const shared = { tags: ['Authenticators'], security: [{ bearer: ['totp:read'] }] };
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/authenticators',
    onRequest,
    schema: {
      ...shared,
      operationId: 'listAuthenticators',
      summary: "A user's authenticators, oldest first; never their secrets",
      description: 'Pending ones are among them. There are a few, so the list has no pages.',
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: listOf(AuthenticatorView) }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const all = await store.listAuthenticators(account.id, request.params.clientId, clock(request));
      return { data: all.map(authenticatorView) };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/authenticators/:authenticatorId',
    onRequest,
    schema: {
      ...shared,
      operationId: 'getAuthenticator',
      summary: 'One authenticator; never its secret',
      description: 'With its type, its parameters and when it last showed an accepted code.',
      params: parameters({ clientId: ClientId, authenticatorId: AuthenticatorId }),
      response: answers({ 200: AuthenticatorView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const { clientId, authenticatorId } = request.params;
      const all = await store.listAuthenticators(account.id, clientId, clock(request));
      const one = all.find(({ number }) => number === authenticatorNumber(authenticatorId));
      if (one === undefined) throw authenticatorNotFound();
      return authenticatorView(one);
    },
  });
}
