import { Type } from 'typebox';
import { normalizeEmail } from '../../domain/accounts.ts';
import { loginLimits } from '../../domain/limits.ts';
import { PASSWORD_MAX_LENGTH } from '../../domain/password-rules.ts';
import { Secret } from '../../domain/secret.ts';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { formatDuration } from '../duration.ts';
import { addressOf, originOf } from '../origin.ts';
import { body, Email, TokenView } from '../schemas.ts';
import type { RouteContext } from '../services.ts';

export function logIn(app: App, { accounts, clock, limited }: RouteContext): void {
  app.route({
    method: 'POST',
    url: '/api/auth/login',
    schema: {
      operationId: 'logIn',
      summary: 'Get a token with e-mail and password',
      tags: ['Accounts'],
      body: body({ email: Email, password: Type.String({ maxLength: PASSWORD_MAX_LENGTH }) }),
      response: answers({ 200: TokenView }, [400, 401, 413, 415, 429, 503]),
    },
    async handler(request, reply) {
      const { email, password } = request.body;
      const issued = await limited(
        reply,
        loginLimits(addressOf(request), normalizeEmail(email)),
        'failures',
        () =>
          accounts.logIn(
            { email, password: new Secret(password) },
            { at: clock(), origin: originOf(request) },
          ),
      );
      reply.header('cache-control', 'no-store');
      return { token: issued.token, expiresIn: formatDuration(issued.expiresInSeconds) };
    },
  });
}
