import { normalizeEmail } from '../../domain/accounts.ts';
import { loginLimits } from '../../domain/limits.ts';
import { Secret } from '../../domain/secret.ts';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { formatDuration } from '../duration.ts';
import { addressOf, originOf } from '../origin.ts';
import { body, Email, TokenView } from '../schemas.ts';
import { CurrentPassword, SECOND_FACTOR, secondFactorOf } from '../second-factor.ts';
import type { RouteContext } from '../services.ts';

export function logIn(app: App, { accounts, clock, limited }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/api/auth/login',
    schema: {
      operationId: 'logIn',
      summary: 'Get a token with e-mail and password',
      tags: ['Accounts'],
      description:
        'An account that uses two-factor login sends totp or recoveryCode besides; without it the answer to the right password is 401 totp_required.',
      body: body({ email: Email, password: CurrentPassword, ...SECOND_FACTOR }),
      response: answers({ 200: TokenView }, [400, 401, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { email, password } = request.body;
      const secondFactor = secondFactorOf(request.body);
      const issued = await limited(
        reply,
        loginLimits(addressOf(request), normalizeEmail(email)),
        'failures',
        () =>
          accounts.logIn({ email, password: new Secret(password) }, secondFactor, {
            at: clock(),
            origin: originOf(request),
          }),
      );
      reply.header('cache-control', 'no-store');
      return { token: issued.token, expiresIn: formatDuration(issued.expiresInSeconds) };
    },
  });
}
