import { linkNumber } from '../../../domain/links/link.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Empty, parameters } from '../schemas.ts';
import { LINK_SCOPES } from './create-link.ts';
import { LinkId } from './schemas.ts';

export function cancelLink(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'cancelLink'>,
): void {
  app.route({
    method: 'DELETE',
    url: '/api/totp/links/:id',
    onRequest: authenticate(LINK_SCOPES),
    schema: {
      operationId: 'cancelLink',
      summary: 'Cancel a link; a secret that it has shown and that is not confirmed goes with it',
      description: 'A link that has ended stays as it is.',
      tags: ['Links'],
      security: LINK_SCOPES.map((scope) => ({ bearer: [scope] })),
      params: parameters({ id: LinkId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const name = { accountId: principalOf(request).account.id, number: linkNumber(request.params.id) };
      await once(request, changeOf(request, clock), (change) => store.cancelLink(name, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
