import { Type } from 'typebox';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf } from '../authentication.ts';
import { AccountView, ScopeList, TwoFactorView } from '../schemas.ts';
import type { RouteContext } from '../services.ts';
import { accountView, twoFactorView } from '../views.ts';

const View = Type.Object({
  ...AccountView.properties,
  scopes: ScopeList,
  twoFactor: Type.Optional(TwoFactorView),
});

export function getAccount(app: App, { authenticate, store }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/auth/me',
    onRequest: authenticate(null),
    schema: {
      operationId: 'getAccount',
      summary: 'Who this bearer is, and what it may do',
      tags: ['Accounts'],
      security: [{ bearer: [] }],
      response: answers({ 200: View }, [401, 403, 503]),
    },
    async handler(request) {
      const { account, scopes, sessionId } = principalOf(request);
      const view = { ...accountView(account), scopes: [...scopes] };
      if (sessionId === null) return view;
      return { ...view, twoFactor: twoFactorView(await store.findOwnAuthenticator(account.id)) };
    },
  });
}
