import { proofLimits } from '../../../domain/limits/limits.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { addressOf, ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, Empty, NewPassword } from '../schemas.ts';
import { CurrentPassword, SECOND_FACTOR, secondFactorOf } from './second-factor.ts';

export function changePassword(
  app: App,
  { accounts, authenticate, clock, limited }: RouteNeeds<'accounts' | 'authenticate' | 'clock' | 'limited'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/password',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'changePassword',
      summary: 'Change the password; every other log-in ends',
      description: 'Tokens issued for API keys end too; the keys themselves stay valid.',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body(
        { currentPassword: CurrentPassword, newPassword: NewPassword, ...SECOND_FACTOR },
        {
          currentPassword: 'a sentence that nobody else would write',
          newPassword: 'seven quiet herons over the pond',
        },
      ),
      response: answers({ 204: Empty }, [400, 401, 403, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const { currentPassword, newPassword } = request.body;
      const proof = { password: new Secret(currentPassword), secondFactor: secondFactorOf(request.body) };
      await limited(reply, proofLimits(addressOf(request), account.email), 'failures', () =>
        once(
          request,
          ownChangeOf(request, clock),
          (change) => accounts.changePassword(account, proof, new Secret(newPassword), change),
          noContent,
        ),
      );
      return reply.code(204).send(null);
    },
  });
}
