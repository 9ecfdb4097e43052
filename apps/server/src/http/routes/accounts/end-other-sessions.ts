import { answers } from '../../server/answers.ts';
import { requireLogin } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty } from '../schemas.ts';

export function endOtherSessions(
  app: App,
  { authenticate, clock, sessions }: RouteNeeds<'authenticate' | 'clock' | 'sessions'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/auth/sessions',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'endOtherSessions',
      summary: 'End every log-in but the current one',
      description: 'Their tokens stop within 2 seconds on every process. API keys stay.',
      tags: ['Account security'],
      security: [{ login: [] }],
      response: answers({ 204: Empty }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request, reply) {
      await once(request, ownChangeOf(request, clock), (change) => sessions.endOthers(change), noContent);
      return reply.code(204).send(null);
    },
  });
}
