import { Type } from 'typebox';
import { authenticatorId } from '../../../domain/authenticators/authenticator.ts';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { askedSecret, enrolledView, newOrShown, SECRET_FIELDS } from '../clients/asked-secret.ts';
import { assertScannable } from '../clients/qr.ts';
import { ClientId, Issuer, Label, parameters } from '../schemas.ts';
import { EnrolledView } from './schemas.ts';

const Body = Type.Object(
  { label: Type.Optional(Label), issuer: Type.Optional(Issuer), ...SECRET_FIELDS },
  { type: ['object', 'null'], additionalProperties: false },
);

export function addAuthenticator(
  app: App,
  { authenticate, clock, disk, enrolments }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'enrolments'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/clients/:clientId/authenticators',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'addAuthenticator',
      summary: 'Add an authenticator to a user, such as a second phone: secret, URL and QR code, shown once',
      description:
        "Each of the user's authenticators is accepted. With confirm it waits for its first code, which POST /api/totp/confirm takes.",
      tags: ['Authenticators'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      body: Body,
      response: answers(
        { 200: EnrolledView, 201: EnrolledView },
        [400, 401, 403, 404, 409, 413, 415, 500, 503, 507],
      ),
    },
    async handler(request, reply) {
      assertDiskRoom(disk);
      const { label = null, issuer = null, qr = 'png', ...fields } = request.body ?? {};
      const accountId = principalOf(request).account.id;
      const { clientId } = request.params;
      const addition = { accountId, clientId, label, issuer, ...askedSecret(fields), replaces: null };
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => enrolments.add(addition, change, assertScannable),
        (added) => ({
          status: newOrShown(added),
          body: { ...enrolledView(added, qr), authenticatorId: authenticatorId(added.authenticator.number) },
        }),
      );
      return reply.code(status).send(body);
    },
  });
}
