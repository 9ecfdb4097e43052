import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { Type } from 'typebox';
import type { Enrolled } from '../../../domain/clients/enrolment.ts';
import { assertDiskRoom } from '../../../domain/limits/disk-space.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { Algorithm, body, ClientId, Digits, EnrolledView, Issuer, Label, Period } from '../schemas.ts';
import { assertScannable, qrPngDataUrl, qrSvgDataUrl } from './qr.ts';

const Body = body({
  clientId: ClientId,
  label: Label,
  issuer: Issuer,
  algorithm: Type.Optional(Algorithm),
  digits: Type.Optional(Digits),
  period: Type.Optional(Period),
  secret: Type.Optional(
    Type.String({ maxLength: 512, description: 'A secret to bring along, base32, 128 bits or more.' }),
  ),
  qr: Type.Optional(
    Type.Unsafe<QrFormat>({
      type: 'string',
      enum: ['png', 'svg', 'none'],
      default: 'png',
      description: 'The QR code.',
    }),
  ),
});

type QrFormat = 'png' | 'svg' | 'none';

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
      tags: ['TOTP'],
      security: [{ bearer: ['totp:write'] }],
      body: Body,
      response: answers({ 201: EnrolledView }, [400, 401, 403, 409, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      assertDiskRoom(disk);
      const { clientId, label, issuer, secret, qr = 'png', ...chosen } = request.body;
      const enrolled = await enrolments.register(
        {
          accountId: principalOf(request).account.id,
          clientId,
          label,
          issuer,
          parameters: { ...DEFAULT_PARAMETERS, ...chosen },
          secret: secret === undefined ? null : new Secret(secret),
        },
        { at: clock(), origin: originOf(request) },
        assertScannable,
      );
      return reply.code(201).send(enrolledView(enrolled, qr));
    },
  });
}

/** The one place where a client's secret leaves Kanda. */
export function enrolledView({ clientId, secret, otpauthUrl }: Enrolled, qr: QrFormat) {
  const draw = { png: qrPngDataUrl, svg: qrSvgDataUrl, none: () => null }[qr];
  return { clientId, secret: secret.reveal(), otpauthUrl: otpauthUrl.reveal(), qrDataUrl: draw(otpauthUrl) };
}
