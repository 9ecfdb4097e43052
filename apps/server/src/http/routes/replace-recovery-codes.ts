import { loginLimits } from '../../domain/limits.ts';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf, requireLogin } from '../authentication.ts';
import { addressOf, ownChangeOf } from '../origin.ts';
import { body, RecoveryCodesView } from '../schemas.ts';
import { PROOF, proofOf } from '../second-factor.ts';
import type { RouteContext } from '../services.ts';
import { recoveryCodesView } from '../views.ts';

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
      summary: 'Make ten new recovery codes; all earlier ones are void',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body(PROOF),
      response: answers({ 200: RecoveryCodesView }, [400, 401, 403, 409, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const proof = proofOf(request.body);
      const rules = loginLimits(addressOf(request), account.email);
      const codes = await limited(reply, rules, 'failures', () =>
        twoFactor.replaceRecoveryCodes(account, proof, ownChangeOf(request, clock)),
      );
      reply.header('cache-control', 'no-store');
      return recoveryCodesView(codes);
    },
  });
}
