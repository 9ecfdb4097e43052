import { Type } from 'typebox';
import { authenticatorId, authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import { shownCode } from '../../../domain/test-mode/test-codes.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { AuthenticatorId } from '../authenticators/schemas.ts';
import { ClientId, named, nullable, parameters, Timestamp } from '../schemas.ts';
import { timestampOrNull } from '../views.ts';

const TestCodeView = Type.Object(
  {
    code: Type.String({ description: 'The digits that the authenticator shows.', examples: ['847291'] }),
    stepEndsAt: nullable(
      Type.Unsafe<string>({
        ...Timestamp,
        description: 'When the next code follows, by the clock of the test half; null for HOTP.',
      }),
    ),
    authenticatorId: AuthenticatorId,
  },
  named('TestCode', 'What the phone of a made-up user shows.', {
    code: '847291',
    stepEndsAt: '2026-01-31T09:30:30.000Z',
    authenticatorId: 'aut_17',
  }),
);

/** What the phone of a made-up user shows. */
export function getTestCode(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'openTestAuthenticator'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/test/clients/:clientId/code',
    onRequest: authenticate('totp:write'),
    config: { testOnly: true },
    schema: {
      operationId: 'getTestCode',
      summary: "The code that a user's authenticator shows now, in the test half",
      description:
        'For TOTP the code of this moment by the clock of the test half, also if it was used already; for HOTP the one ' +
        'after the last that was used. Nothing is used up. Without authenticatorId it is that of the first confirmed ' +
        'authenticator, or of the first pending one where none is confirmed.',
      tags: ['Test mode'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      querystring: parameters({ authenticatorId: Type.Optional(AuthenticatorId) }),
      response: answers({ 200: TestCodeView }, [400, 401, 403, 404, 500, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const { authenticatorId: id } = request.query;
      const number = id === undefined ? null : authenticatorNumber(id);
      const now = clock(request);
      const opened = await store.openTestAuthenticator(account.id, request.params.clientId, number, now);
      const { code, stepEndsAt } = shownCode(opened, now);
      opened.secret.fill(0);
      return {
        code,
        stepEndsAt: timestampOrNull(stepEndsAt),
        authenticatorId: authenticatorId(opened.number),
      };
    },
  });
}
