import { Fault } from '../../../domain/errors.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { EventId, parameters } from '../schemas.ts';
import { eventView } from '../views.ts';
import { EventView } from './schemas.ts';

export function getEvent(app: App, { authenticate, store }: RouteNeeds<'authenticate', 'findEvent'>): void {
  app.route({
    method: 'GET',
    url: '/api/logs/:id',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'getEvent',
      summary: 'One event of the access log',
      description: 'Its id is its place in the log of the account, from 1.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      params: parameters({ id: EventId }),
      response: answers({ 200: EventView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const event = await store.findEvent(principalOf(request).account.id, Number(request.params.id));
      if (event === null) {
        throw new Fault(
          'event_not_found',
          'Your log has no event with this id, or it is older than what is kept.',
        );
      }
      return eventView(event);
    },
  });
}
