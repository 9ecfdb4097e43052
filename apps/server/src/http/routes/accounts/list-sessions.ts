import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Cursor, Limit, pageOf, parameters } from '../schemas.ts';
import { sessionView } from '../views.ts';
import { SessionView } from './schemas.ts';

export function listSessions(
  app: App,
  { authenticate, clock, sessions }: RouteNeeds<'authenticate' | 'clock' | 'sessions'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/auth/sessions',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'listSessions',
      summary: 'List the open log-ins, newest first',
      description: 'One for each log-in whose token has not ended. Tokens of API keys are not among them.',
      tags: ['Account security'],
      security: [{ login: [] }],
      querystring: parameters({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }),
      response: answers({ 200: pageOf(SessionView) }, [400, 401, 403, 503]),
    },
    async handler(request) {
      const { account, sessionId } = principalOf(request);
      const { limit = 50, cursor = null } = request.query;
      const page = await sessions.list(account.id, clock(request), { limit, cursor });
      return {
        data: page.data.map((session) => sessionView(session, sessionId)),
        nextCursor: page.nextCursor,
      };
    },
  });
}
