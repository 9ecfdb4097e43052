import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { Audience, Receipt, RedeemedView, redeemedView } from './schemas.ts';

/** Takes a receipt, once. */
export function redeemReceipt(
  app: App,
  { authenticate, clock, receipts }: RouteNeeds<'authenticate' | 'clock' | 'receipts'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/receipts/redeem',
    onRequest: authenticate('receipts:redeem'),
    schema: {
      operationId: 'redeemReceipt',
      summary: 'Redeem the receipt of an accepted code, once, before you carry out its action',
      description:
        'A receipt can be redeemed once, by its own account, before it expires. Compare clientId and action of the answer with what you are about to do. To retry after a lost answer, send an Idempotency-Key: a random text, new for each attempt to act, that one worker has written down before it asks. Never make it from the id of the action or from anything that came with the receipt: a second worker would get the same answer and act again. An answer with Idempotent-Replayed: true means that an earlier request took the receipt: look up whether you acted before you act.',
      tags: ['Receipts'],
      security: [{ bearer: ['receipts:redeem'] }],
      body: body({ receipt: Receipt, audience: Type.Optional(Audience) }),
      response: answers({ 200: RedeemedView }, [400, 401, 403, 404, 409, 413, 415, 503]),
    },
    async handler(request) {
      const { receipt, audience = null } = request.body;
      const { account } = principalOf(request);
      const answer = await once(
        request,
        changeOf(request, clock),
        (change) => receipts.redeem(account, receipt, audience, change),
        (claims) => ({ status: 200, body: redeemedView(claims) }),
      );
      return answer.body;
    },
  });
}
