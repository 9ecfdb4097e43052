import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { PolicyView, policyView } from './policy-settings.ts';

export function getPolicy(app: App, { authenticate, store }: RouteNeeds<'authenticate', 'findPolicy'>): void {
  app.route({
    method: 'GET',
    url: '/api/policy',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'getPolicy',
      summary: 'Get the policy of this account, and the allowed ranges',
      description: 'Settings that were never set have their defaults.',
      tags: ['Policy'],
      security: [{ bearer: ['totp:read'] }],
      response: answers({ 200: PolicyView }, [401, 403, 503]),
    },
    handler: async (request) => policyView(await store.findPolicy(principalOf(request).account.id)),
  });
}
