import { answers } from '../../server/answers.ts';
import { requireLogin } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty } from '../schemas.ts';

export function logOut(
  app: App,
  {
    authenticate,
    clock,
    sessions,
    sessionCookies,
  }: RouteNeeds<'authenticate' | 'clock' | 'sessions' | 'sessionCookies'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/logout',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'logOut',
      summary: 'End the current log-in',
      description: 'A session cookie that came with the request ends too.',
      tags: ['Account security'],
      security: [{ login: [] }],
      response: answers({ 204: Empty }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request, reply) {
      const own = ownChangeOf(request, clock);
      await once(request, own, (change) => sessions.end(own.sessionId, change), noContent);
      const ended = sessionCookies.ending(request);
      if (ended !== null) reply.header('set-cookie', ended);
      return reply.code(204).send(null);
    },
  });
}
