import { proofLimits } from '../../../domain/limits/limits.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { addressOf, ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, Empty } from '../schemas.ts';
import { PROOF, PROOF_EXAMPLE, proofOf } from './second-factor.ts';

export function disableTwoFactor(
  app: App,
  { authenticate, clock, limited, twoFactor }: RouteNeeds<'authenticate' | 'clock' | 'limited' | 'twoFactor'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/auth/two-factor',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'disableTwoFactor',
      summary: 'Turn two-factor login off; the secret and the recovery codes are removed',
      description: 'Asks for the password, and for a code or a recovery code.',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body(PROOF, PROOF_EXAMPLE),
      response: answers({ 204: Empty }, [400, 401, 403, 409, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const proof = proofOf(request.body);
      await limited(reply, proofLimits(addressOf(request), account.email), 'failures', () =>
        once(
          request,
          ownChangeOf(request, clock),
          (change) => twoFactor.disable(account, proof, change),
          noContent,
        ),
      );
      return reply.code(204).send(null);
    },
  });
}
