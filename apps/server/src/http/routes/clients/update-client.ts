import { Type } from 'typebox';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import { SECRET_BYTES } from '../../../domain/clients/imported-secret.ts';
import { otpauthUrlOf } from '../../../domain/clients/otpauth-url.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, Issuer, Label, parameters } from '../schemas.ts';
import { clientView } from '../views.ts';
import { assertScannable } from './qr.ts';
import { ClientView } from './schemas.ts';

const Body = Type.Object(
  { label: Type.Optional(Label), issuer: Type.Optional(Issuer) },
  { additionalProperties: false, minProperties: 1, examples: [{ label: 'alice@example.com' }] },
);

export function updateClient(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'findClient' | 'updateClient'>,
): void {
  app.route({
    method: 'PATCH',
    url: '/api/totp/clients/:clientId',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'updateClient',
      summary: "Change a user's label or issuer, which the next QR code shows; the secret stays",
      description: 'What is left out stays. Phones that are enrolled keep what they show.',
      tags: ['Users'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      body: Body,
      response: answers({ 200: ClientView }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request) {
      const { clientId } = request.params;
      const accountId = principalOf(request).account.id;
      const now = clock(request);
      const before = await store.findClient(accountId, clientId);
      if (before === null || isExpired(before, now)) throw clientNotFound();
      // With a secret as a rotation makes it: that must not fail for these texts.
      const secret = new Uint8Array(SECRET_BYTES);
      assertScannable(otpauthUrlOf({ ...before, ...request.body, parameters: before, secret }));
      const { body } = await once(
        request,
        changeOf(request, clock),
        (change) => store.updateClient(accountId, clientId, request.body, change),
        (client) => ({ status: 200, body: clientView(client, now) }),
      );
      return body;
    },
  });
}
