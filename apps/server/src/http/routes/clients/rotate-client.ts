import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, EnrolledView, parameters } from '../schemas.ts';
import { enrolledView } from './register-client.ts';

export function rotateClient(
  app: App,
  { authenticate, clock, enrolments }: RouteNeeds<'authenticate' | 'clock' | 'enrolments'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/rotate/:clientId',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'rotateClient',
      summary: "Replace a user's secret, as after a lost phone; the old one is dead at once",
      tags: ['TOTP'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: EnrolledView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const change = { at: clock(), origin: originOf(request) };
      const enrolled = await enrolments.rotate(account.id, request.params.clientId, change);
      return enrolledView(enrolled, 'png');
    },
  });
}
