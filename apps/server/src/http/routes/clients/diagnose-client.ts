import { type Static, Type } from 'typebox';
import {
  authenticatorId,
  authenticatorNumber,
  isExpired,
} from '../../../domain/authenticators/authenticator.ts';
import { DIAGNOSED_STEPS, FINDINGS, type Finding } from '../../../domain/authenticators/diagnose.ts';
import { clientNotFound, Fault } from '../../../domain/errors.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { AuthenticatorId } from '../authenticators/schemas.ts';
import { body, ClientId, Code, named, openWords, parameters, RetryAfter } from '../schemas.ts';

/** It tells whether a guess is right: few enough that it is no way to guess. */
export const DIAGNOSES_PER_HOUR = 5;

const FindingView = Type.Object(
  {
    finding: openWords(FINDINGS, 'What the code is.'),
    steps: Type.Optional(
      Type.Integer({ description: 'How many steps the clock or the counter is ahead. Negative: behind.' }),
    ),
    authenticatorId: Type.Optional(AuthenticatorId),
    retryAfter: Type.Optional(RetryAfter),
  },
  named('Diagnosis', 'Why the code does not work.', {
    finding: 'behind',
    steps: -4,
    authenticatorId: 'aut_17',
  }),
);

export function diagnoseClient(
  app: App,
  {
    authenticate,
    clock,
    store,
  }: RouteNeeds<'authenticate' | 'clock', 'diagnoseClient' | 'findClient' | 'takeLimits'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/clients/:clientId/diagnose',
    onRequest: authenticate('totp:support'),
    schema: {
      operationId: 'diagnoseClient',
      summary: "Say why a user's code does not work. It never accepts the code",
      description: `Searches clocks and counters up to ${DIAGNOSED_STEPS} steps away. A code of a later step is used up; other codes are not. Each look at a code counts as a wrong code of the user, and is an event. ${DIAGNOSES_PER_HOUR} calls an hour for each user.`,
      tags: ['Users'],
      security: [{ bearer: ['totp:support'] }],
      params: parameters({ clientId: ClientId }),
      body: body({ token: Code, authenticatorId: Type.Optional(AuthenticatorId) }),
      response: answers({ 200: FindingView }, [400, 401, 403, 404, 413, 415, 500, 503]),
    },
    async handler(request): Promise<Static<typeof FindingView>> {
      const { clientId } = request.params;
      const { token: code, authenticatorId: id } = request.body;
      const accountId = principalOf(request).account.id;
      const now = clock(request);
      // Before the limit, whose table strangers must not fill with names.
      const client = await store.findClient(accountId, clientId);
      if (client === null || isExpired(client, now)) throw clientNotFound();
      const limit = {
        name: `diagnose ${accountId} ${clientId}`,
        limit: DIAGNOSES_PER_HOUR,
        windowMs: HOUR_MS,
      };
      const { allowed, resetAt } = await store.takeLimits([limit], now);
      if (!allowed) throw tooManyDiagnoses(resetAt - now);
      const number = id === undefined ? null : authenticatorNumber(id);
      const change = changeOf(request, clock);
      const toDiagnose = { accountId, clientId, number, code };
      const { body: found } = await once(
        request,
        change,
        (made) => store.diagnoseClient(toDiagnose, made),
        (result) => ({ status: 200 as const, body: findingView(result) }),
      );
      return found;
    },
  });
}

/** How a finding looks in JSON. */
export function findingView({ authenticator, ...finding }: Finding): Static<typeof FindingView> {
  return authenticator === undefined
    ? finding
    : { ...finding, authenticatorId: authenticatorId(authenticator) };
}

function tooManyDiagnoses(waitMs: number): Fault {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new Fault(
    'rate_limited',
    `Codes of this user were diagnosed ${DIAGNOSES_PER_HOUR} times within an hour. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  );
}
