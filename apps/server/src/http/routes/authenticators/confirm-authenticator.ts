import { type Static, Type } from 'typebox';
import { authenticatorId, authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import type { Confirmation } from '../../../domain/authenticators/ports.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, ClientId, Code, named, RefusalName, RetryAfter } from '../schemas.ts';
import { AuthenticatorId } from './schemas.ts';

const ConfirmationView = Type.Object(
  {
    confirmed: Type.Boolean(),
    authenticatorId: Type.Optional(AuthenticatorId),
    clockWarning: Type.Optional(
      Type.Object(
        {
          steps: Type.Integer({
            description: 'Steps that the clock is ahead; negative: behind.',
            examples: [2],
          }),
        },
        {
          description:
            'It is confirmed, but `validate` refuses codes whose clock is as far off (`skew` of the policy): ask the user to set the clock of the phone. Absent: `validate` accepts them.',
        },
      ),
    ),
    reason: Type.Optional(RefusalName),
    attemptsLeft: Type.Optional(
      Type.Integer({
        description:
          'Wrong codes that may still be sent; at 0 each pending authenticator that the code was tried with is gone.',
      }),
    ),
    retryAfter: Type.Optional(RetryAfter),
  },
  named(
    'Confirmation',
    'What the first code led to. Look at confirmed.',
    { confirmed: true, authenticatorId: 'aut_17' },
    { confirmed: false, reason: 'invalid_code', attemptsLeft: 4 },
  ),
);

export function confirmAuthenticator(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'confirmAuthenticator'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/confirm',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'confirmAuthenticator',
      summary: 'Confirm a pending authenticator with its first code. A wrong one is an answer, not an error',
      description:
        'Without `authenticatorId` the code is tried with each authenticator of the user that is pending, and of those that show it the newest is confirmed. A wrong code counts for each that it was tried with: after five, a pending authenticator is gone.',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:write'] }],
      body: body({ clientId: ClientId, token: Code, authenticatorId: Type.Optional(AuthenticatorId) }),
      response: answers({ 200: ConfirmationView }, [400, 401, 403, 404, 413, 415, 500, 503]),
    },
    async handler(request) {
      const { clientId, token: code, authenticatorId: id } = request.body;
      const accountId = principalOf(request).account.id;
      const number = id === undefined ? null : authenticatorNumber(id);
      const { body } = await once(
        request,
        changeOf(request, clock),
        (change) => store.confirmAuthenticator({ accountId, clientId, number, code }, change),
        (confirmation) => ({ status: 200, body: confirmationView(confirmation) }),
      );
      return body;
    },
  });
}

function confirmationView(confirmation: Confirmation): Static<typeof ConfirmationView> {
  if (!confirmation.confirmed) return confirmation;
  const { authenticator, clockOff } = confirmation;
  const warning = clockOff === undefined ? {} : { clockWarning: { steps: clockOff } };
  return { confirmed: true, authenticatorId: authenticatorId(authenticator), ...warning };
}
