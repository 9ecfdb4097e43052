import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { LinkList, linkView } from './schemas.ts';

const LIST_SCOPES = ['links:write', 'totp:read'] as const;

export function listLinks(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'listLinks'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/totp/links',
    onRequest: authenticate(LIST_SCOPES),
    schema: {
      operationId: 'listLinks',
      summary: 'List the newest 200 links, of one user or of all',
      description: 'They are listed until 7 days after their expiry.',
      tags: ['Links'],
      security: LIST_SCOPES.map((scope) => ({ bearer: [scope] })),
      querystring: parameters({ clientId: Type.Optional(ClientId) }),
      response: answers({ 200: LinkList }, [401, 403, 503]),
    },
    async handler(request) {
      const { clientId = null } = request.query;
      const all = await store.listLinks(principalOf(request).account.id, clientId);
      const now = clock(request);
      return { data: all.map((link) => linkView(link, now)) };
    },
  });
}
