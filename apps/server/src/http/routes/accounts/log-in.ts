import { Type } from 'typebox';
import { normalizeEmail } from '../../../domain/accounts/accounts.ts';
import { loginLimits } from '../../../domain/limits/limits.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { addressOf, originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, Email } from '../schemas.ts';
import { timestamp } from '../views.ts';
import { formatDuration } from './duration.ts';
import { LogInView } from './schemas.ts';
import { CurrentPassword, SECOND_FACTOR, secondFactorOf } from './second-factor.ts';

const HowToHoldIt = Type.Unsafe<'token' | 'cookie'>({
  type: 'string',
  enum: ['token', 'cookie'],
  default: 'token',
  description:
    'token: the answer holds it. cookie: for pages of this server; the browser keeps it where no script can read it, ' +
    'and sends it by itself.',
});

export function logIn(
  app: App,
  {
    accounts,
    clock,
    limited,
    sessionCookies,
  }: RouteNeeds<'accounts' | 'clock' | 'limited' | 'sessionCookies'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/login',
    schema: {
      operationId: 'logIn',
      summary: 'Get a token with e-mail and password',
      tags: ['Accounts'],
      description:
        'An account that uses two-factor login also sends totp or recoveryCode; without them the answer to the right password is 401 totp_required.',
      body: body({
        email: Email,
        password: CurrentPassword,
        ...SECOND_FACTOR,
        session: Type.Optional(HowToHoldIt),
      }),
      response: answers({ 200: LogInView }, [400, 401, 403, 413, 415, 429, 500, 503]),
    },
    async handler(request, reply) {
      const { email, password, session = 'token' } = request.body;
      const secondFactor = secondFactorOf(request.body);
      if (session === 'cookie') sessionCookies.assertUsable(request);
      const at = clock(request);
      const { token, expiresInSeconds } = await limited(
        reply,
        loginLimits(addressOf(request), normalizeEmail(email)),
        'failures',
        () =>
          accounts.logIn({ email, password: new Secret(password) }, secondFactor, {
            at,
            origin: originOf(request),
          }),
      );
      const expiry = { expiresIn: formatDuration(expiresInSeconds), expiresInSeconds };
      reply.header('cache-control', 'no-store');
      if (session === 'token') return { session, token, ...expiry };
      reply.header('set-cookie', sessionCookies.holding(request, token));
      return { session, ...expiry, expiresAt: timestamp(at + expiresInSeconds * 1000) };
    },
  });
}
