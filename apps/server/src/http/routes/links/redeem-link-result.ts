import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { LinkResult, RedeemedLinkView, redeemedLinkView } from './schemas.ts';

export function redeemLinkResult(
  app: App,
  { authenticate, clock, links }: RouteNeeds<'authenticate' | 'clock' | 'links'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/links/redeem',
    onRequest: authenticate('totp:validate'),
    schema: {
      operationId: 'redeemLinkResult',
      summary: 'Redeem the result with which a browser came back from a link, once',
      description:
        'A result can be redeemed once, by its own account, within 10 minutes after a challenge, and within an hour after an enrolment or a replacement. Believe nothing else that the browser says: compare linkId with the link that you made for this browser, or another one could bring the result. To retry after a lost answer, send an Idempotency-Key that is new for each attempt.',
      tags: ['Links'],
      security: [{ bearer: ['totp:validate'] }],
      body: body({ result: LinkResult }),
      response: answers({ 200: RedeemedLinkView }, [400, 401, 403, 404, 409, 413, 415, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const result = new Secret(request.body.result);
      const answer = await once(
        request,
        changeOf(request, clock),
        (change) => links.redeem(account, result, change),
        (redeemed) => ({ status: 200, body: redeemedLinkView(redeemed) }),
      );
      return answer.body;
    },
  });
}
