import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { NewPolicy, PolicyView, policyView, readNewPolicy } from './policy-settings.ts';

export function putPolicy(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'setPolicy'>,
): void {
  app.route({
    method: 'PUT',
    url: '/api/policy',
    // Not totp:write, which every application's key has: a thief of one must not be able to grant himself
    // more guesses. keys:write belongs to log-ins, and to keys that were given it on purpose.
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'putPolicy',
      summary: 'Set the policy of this account',
      description:
        'Replaces the whole policy: omitted settings return to their defaults. A change that would let the codes of a user be guessed too easily is refused. It applies from the next attempt on, on every node.',
      tags: ['Policy'],
      security: [{ bearer: ['keys:write'] }],
      body: NewPolicy,
      response: answers({ 200: PolicyView }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const settings = readNewPolicy(request.body);
      const { body } = await once(
        request,
        changeOf(request, clock),
        (change) => store.setPolicy(account.id, settings, change),
        (policy) => ({ status: 200, body: policyView(policy) }),
      );
      return body;
    },
  });
}
