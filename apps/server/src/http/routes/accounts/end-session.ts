import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { requireLogin } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty, parameters } from '../schemas.ts';

const SessionId = Type.String({
  pattern: '^ses_[0-9a-f]{1,64}$',
  description: "The log-in's id.",
  examples: ['ses_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00'],
});

export function endSession(
  app: App,
  { authenticate, clock, sessions }: RouteNeeds<'authenticate' | 'clock' | 'sessions'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/auth/sessions/:id',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'endSession',
      summary: 'End a log-in: its token stops',
      description: 'Within 2 seconds on every process. The id is that of the list.',
      tags: ['Account security'],
      security: [{ login: [] }],
      params: parameters({ id: SessionId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      await once(
        request,
        ownChangeOf(request, clock),
        (change) => sessions.end(request.params.id, change),
        noContent,
      );
      return reply.code(204).send(null);
    },
  });
}
