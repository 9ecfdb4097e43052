import { proofLimits } from '../../../domain/limits/limits.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { addressOf, ownChangeOf } from '../../server/origin.ts';
import type { RouteContext } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { recoveryCodesView } from '../views.ts';
import { RecoveryCodesView } from './schemas.ts';
import { PROOF, PROOF_EXAMPLE, proofOf } from './second-factor.ts';

export function replaceRecoveryCodes(
  app: App,
  { authenticate, clock, limited, twoFactor }: RouteContext,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/two-factor/recovery-codes',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'replaceRecoveryCodes',
      summary: 'Create ten new recovery codes and invalidate all earlier ones',
      description: 'Asks for the password, and for a code or a recovery code. The new ones are shown once.',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body(PROOF, PROOF_EXAMPLE),
      response: answers({ 200: RecoveryCodesView }, [400, 401, 403, 409, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const proof = proofOf(request.body);
      const rules = proofLimits(addressOf(request), account.email);
      const { body } = await limited(reply, rules, 'failures', () =>
        once(
          request,
          ownChangeOf(request, clock),
          (change) => twoFactor.replaceRecoveryCodes(account, proof, change),
          (codes) => ({ status: 200, body: recoveryCodesView(codes) }),
        ),
      );
      return body;
    },
  });
}
