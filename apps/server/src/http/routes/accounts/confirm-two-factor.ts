import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { recoveryCodesView } from '../views.ts';
import { RecoveryCodesView } from './schemas.ts';
import { Totp } from './second-factor.ts';

export function confirmTwoFactor(
  app: App,
  { authenticate, clock, twoFactor }: RouteNeeds<'authenticate' | 'clock' | 'twoFactor'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/two-factor/confirm',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'confirmTwoFactor',
      summary: 'Turn on two-factor login with a first code; returns the recovery codes',
      description: 'Every other log-in ends.',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body({ totp: Totp }),
      response: answers({ 200: RecoveryCodesView }, [400, 401, 403, 409, 413, 415, 429, 500, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const code = new Secret(request.body.totp);
      const { body } = await once(
        request,
        ownChangeOf(request, clock),
        (change) => twoFactor.confirm(account, code, change),
        (codes) => ({ status: 200, body: recoveryCodesView(codes) }),
      );
      return body;
    },
  });
}
