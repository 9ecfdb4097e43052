import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Cursor, Limit, pageOf, parameters, StatusName } from '../schemas.ts';
import { clientView } from '../views.ts';
import { ClientView } from './schemas.ts';

export function listClients(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'listClients'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/totp/clients',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'listClients',
      summary: 'List the enrolled users, newest first',
      description: 'With a filter a page may be shorter than its limit and still have a nextCursor.',
      tags: ['Users'],
      security: [{ bearer: ['totp:read'] }],
      querystring: parameters({
        q: Type.Optional(
          Type.String({
            // None of the three has a control character, and PostgreSQL has no text with NUL in it.
            pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,128}$',
            description: 'Part of clientId, label or issuer.',
          }),
        ),
        status: Type.Optional(StatusName),
        weak: Type.Optional(
          Type.Boolean({ description: 'true: only users with a weakSecret. false: only those without.' }),
        ),
        limit: Type.Optional(Limit),
        cursor: Type.Optional(Cursor),
      }),
      response: answers({ 200: pageOf(ClientView) }, [400, 401, 403, 503]),
    },
    async handler(request) {
      const { q = null, status = null, weak, limit = 50, cursor = null } = request.query;
      const now = clock(request);
      const page = await store.listClients(
        principalOf(request).account.id,
        { q, status, weak, now },
        { limit, cursor },
      );
      return { data: page.data.map((client) => clientView(client, now)), nextCursor: page.nextCursor };
    },
  });
}
