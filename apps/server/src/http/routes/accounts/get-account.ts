import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { accountView, twoFactorView } from '../views.ts';
import { AccountView } from './schemas.ts';

export function getAccount(
  app: App,
  { authenticate, store }: RouteNeeds<'authenticate', 'findOwnAuthenticator'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/auth/me',
    onRequest: authenticate(null),
    schema: {
      operationId: 'getAccount',
      summary: 'Who this bearer is, and what it may do',
      description:
        'With a log-in, also whether the account has two-factor login on, and whether it is an operator of this server.',
      tags: ['Accounts'],
      security: [{ bearer: [] }],
      response: answers({ 200: AccountView }, [401, 403, 503]),
    },
    async handler(request) {
      const { account, scopes, sessionId } = principalOf(request);
      const view = { ...accountView(account), scopes: [...scopes] };
      if (sessionId === null) return view;
      const twoFactor = twoFactorView(await store.findOwnAuthenticator(account.id));
      return { ...view, twoFactor, operator: account.operator === true };
    },
  });
}
