import { Type } from 'typebox';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf } from '../authentication.ts';
import { AccountView, ScopeList } from '../schemas.ts';
import type { RouteContext } from '../services.ts';
import { accountView } from '../views.ts';

const View = Type.Object({ ...AccountView.properties, scopes: ScopeList });

export function getAccount(app: App, { authenticate }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/auth/me',
    onRequest: authenticate(null),
    schema: {
      operationId: 'getAccount',
      summary: 'Who this bearer is, and what it may do',
      tags: ['Accounts'],
      security: [{ bearer: [] }],
      response: answers({ 200: View }, [401, 503]),
    },
    handler: async (request) => {
      const { account, scopes } = principalOf(request);
      return { ...accountView(account), scopes: [...scopes] };
    },
  });
}
