import { proofLimits } from '../../../domain/limits/limits.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, requireLogin } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { addressOf, ownChangeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { qrPngDataUrl } from '../clients/qr.ts';
import { body } from '../schemas.ts';
import { StartedAuthenticatorView } from './schemas.ts';
import { CurrentPassword } from './second-factor.ts';

export function startTwoFactor(
  app: App,
  { authenticate, clock, limited, twoFactor }: RouteNeeds<'authenticate' | 'clock' | 'limited' | 'twoFactor'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/two-factor',
    onRequest: [authenticate(null), requireLogin],
    schema: {
      operationId: 'startTwoFactor',
      summary: 'Start two-factor login: secret, URL and QR code, shown once',
      description:
        'Log-ins need a code once the first one was confirmed. Starting again before that makes another secret.',
      tags: ['Account security'],
      security: [{ login: [] }],
      body: body({ password: CurrentPassword }),
      response: answers({ 201: StartedAuthenticatorView }, [400, 401, 403, 409, 413, 415, 429, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const rules = proofLimits(addressOf(request), account.email);
      const { status, body } = await limited(reply, rules, 'failures', () =>
        once(
          request,
          ownChangeOf(request, clock),
          (change) => twoFactor.start(account, new Secret(request.body.password), change),
          ({ secret, otpauthUrl }) => ({
            status: 201 as const,
            body: {
              secret: secret.reveal(),
              otpauthUrl: otpauthUrl.reveal(),
              qrDataUrl: qrPngDataUrl(otpauthUrl),
            },
          }),
        ),
      );
      return reply.code(status).send(body);
    },
  });
}
