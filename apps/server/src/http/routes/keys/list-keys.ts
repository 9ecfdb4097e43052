import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Cursor, Limit, pageOf, parameters } from '../schemas.ts';
import { keyView } from '../views.ts';
import { KeyView } from './schemas.ts';

export function listKeys(app: App, { authenticate, store }: RouteNeeds<'authenticate', 'listApiKeys'>): void {
  app.route({
    method: 'GET',
    url: '/api/keys',
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'listKeys',
      summary: 'List the API keys, newest first',
      description: 'Those of the half of the account that the bearer is of.',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      querystring: parameters({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }),
      response: answers({ 200: pageOf(KeyView) }, [400, 401, 403, 503]),
    },
    async handler(request) {
      const { limit = 50, cursor = null } = request.query;
      const { account } = principalOf(request);
      const page = await store.listApiKeys(account.id, { limit, cursor });
      return { data: page.data.map((key) => keyView(key, account)), nextCursor: page.nextCursor };
    },
  });
}
