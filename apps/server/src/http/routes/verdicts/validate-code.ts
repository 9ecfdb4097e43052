import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body, ClientId, Code, VerdictView } from '../schemas.ts';

export function validateCode(
  app: App,
  {
    authenticate,
    clock,
    metrics,
    quotas,
    store,
  }: RouteNeeds<'authenticate' | 'clock' | 'metrics' | 'quotas', 'validate' | 'findClient'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/validate',
    onRequest: authenticate('totp:validate'),
    schema: {
      operationId: 'validateCode',
      summary: 'Check a code. A wrong one is an answer, not an error',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:validate'] }],
      body: body({ clientId: ClientId, token: Code }),
      response: answers({ 200: VerdictView }, [400, 401, 403, 404, 413, 415, 500, 503]),
    },
    async handler(request) {
      const { clientId, token } = request.body;
      const accountId = principalOf(request).account.id;
      const standing = quotas.standing(accountId, clock());
      // Codes of its clients are still checked; others would fill its log with any names.
      if (standing.level !== 'within') {
        const client = await store.findClient(accountId, clientId);
        if (client === null || isExpired(client, clock())) throw standing.fault;
      }
      const verdict = await store.validate({ accountId, clientId, code: token, origin: originOf(request) });
      metrics.countVerdict(verdict);
      return verdict;
    },
  });
}
