import { type Static, Type } from 'typebox';
import { authenticatorNumber } from '../../../domain/authenticators/authenticator.ts';
import { RESYNC_COUNTERS } from '../../../domain/authenticators/judge-resync.ts';
import { MAX_FOLLOWED_DRIFT, RESYNC_STEPS } from '../../../domain/verdicts/methods/totp.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, ClientId, Code, named, openWords, parameters, REFUSALS, RetryAfter } from '../schemas.ts';
import { AuthenticatorId } from './schemas.ts';

const Body = body(
  {
    tokens: Type.Array(Code, {
      minItems: 2,
      maxItems: 2,
      description: 'Two consecutive codes that it showed, the older one first.',
    }),
  },
  { tokens: ['847291', '503918'] },
);

const ResyncView = Type.Object(
  {
    resynced: Type.Boolean(),
    reason: Type.Optional(
      openWords(
        [...REFUSALS, 'drift_too_large'] as const,
        'Why not. drift_too_large: its clock is off by more than 10 steps; see drift.',
      ),
    ),
    retryAfter: Type.Optional(RetryAfter),
    drift: Type.Optional(
      Type.Integer({
        description: "totp: how many steps its clock is ahead of the server's. Negative: behind.",
      }),
    ),
  },
  named(
    'Resync',
    'Whether the clock or counter was found again. Look at resynced.',
    { resynced: true, drift: 3 },
    { resynced: false, reason: 'invalid_code' },
  ),
);

export function resyncAuthenticator(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'resyncAuthenticator'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/clients/:clientId/authenticators/:authenticatorId/resync',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'resyncAuthenticator',
      summary:
        'Resynchronise an authenticator with two consecutive codes. Codes that do not fit are an answer, not an error',
      description: `For clocks that are off by up to ${RESYNC_STEPS} steps, and tokens whose counter is up to ${RESYNC_COUNTERS} ahead. Both codes are used up if they fit, and count as a wrong code if not. A clock is followed only if the policy has followDrift, and up to ${MAX_FOLLOWED_DRIFT} steps.`,
      tags: ['Authenticators'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId, authenticatorId: AuthenticatorId }),
      body: Body,
      response: answers({ 200: ResyncView }, [400, 401, 403, 404, 409, 413, 415, 500, 503]),
    },
    async handler(request): Promise<Static<typeof ResyncView>> {
      const { clientId, authenticatorId } = request.params;
      const accountId = principalOf(request).account.id;
      const name = { accountId, clientId, number: authenticatorNumber(authenticatorId) };
      const [first, second] = request.body.tokens as [string, string];
      const { body: answer } = await once(
        request,
        changeOf(request, clock),
        (change) => store.resyncAuthenticator({ ...name, codes: [first, second] }, change),
        (resynced) => ({ status: 200, body: resynced }),
      );
      return answer;
    },
  });
}
