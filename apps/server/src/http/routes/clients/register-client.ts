import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { EnrolledView } from '../authenticators/schemas.ts';
import { body, ClientId, Issuer, Label } from '../schemas.ts';
import { askedSecret, enrolledView, newOrShown, SECRET_FIELDS } from './asked-secret.ts';
import { assertScannable } from './qr.ts';

const Body = body({ clientId: ClientId, label: Label, issuer: Issuer, ...SECRET_FIELDS });

export function registerClient(
  app: App,
  { authenticate, clock, disk, enrolments }: RouteNeeds<'authenticate' | 'clock' | 'disk' | 'enrolments'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/register',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'registerClient',
      summary: 'Enrol a user: secret, URL and QR code, shown once',
      description:
        'At once, or with confirm once POST /api/totp/confirm got the first code. With secret an existing one is taken over.',
      tags: ['TOTP'],
      security: [{ bearer: ['totp:write'] }],
      body: Body,
      response: answers({ 200: EnrolledView, 201: EnrolledView }, [400, 401, 403, 409, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      assertDiskRoom(disk);
      const { clientId, label, issuer, qr = 'png', ...fields } = request.body;
      const accountId = principalOf(request).account.id;
      const enrolment = { accountId, clientId, label, issuer, ...askedSecret(fields) };
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => enrolments.register(enrolment, change, assertScannable),
        (enrolled) => ({ status: newOrShown(enrolled), body: enrolledView(enrolled, qr) }),
      );
      return reply.code(status).send(body);
    },
  });
}
