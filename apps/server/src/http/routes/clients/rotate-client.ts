import { Type } from 'typebox';
import { authenticatorNumber, DEFAULT_EXPIRES_IN } from '../../../domain/authenticators/authenticator.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { AuthenticatorId, EnrolledView, ExpiresIn, Fresh } from '../authenticators/schemas.ts';
import { ClientId, parameters } from '../schemas.ts';
import { Confirm, enrolledView, Qr } from './asked-secret.ts';
import { assertScannable } from './qr.ts';

const Body = Type.Object(
  {
    authenticatorId: Type.Optional(AuthenticatorId),
    confirm: Type.Optional(Confirm),
    expiresIn: Type.Optional(ExpiresIn),
    fresh: Type.Optional(Fresh),
    qr: Type.Optional(Qr),
  },
  { type: ['object', 'null'], additionalProperties: false },
);

export function rotateClient(
  app: App,
  { authenticate, clock, enrolments }: RouteNeeds<'authenticate' | 'clock' | 'enrolments'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/rotate/:clientId',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'rotateClient',
      summary:
        "Replace a user's secret, as after a lost phone; the old one is dead at once, or with confirm later",
      tags: ['TOTP'],
      security: [{ bearer: ['totp:write'] }],
      params: parameters({ clientId: ClientId }),
      body: Body,
      response: answers(
        { 200: EnrolledView, 201: EnrolledView },
        [400, 401, 403, 404, 409, 413, 415, 500, 503],
      ),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const change = { at: clock(), origin: originOf(request) };
      const {
        authenticatorId,
        confirm = false,
        expiresIn = DEFAULT_EXPIRES_IN,
        fresh = false,
        qr = 'png',
      } = request.body ?? {};
      const number = authenticatorId === undefined ? null : authenticatorNumber(authenticatorId);
      const rotation = { accountId: account.id, clientId: request.params.clientId, number };
      if (!confirm) return enrolledView(await enrolments.rotate(rotation, change), qr);
      const pending = { expiresIn, fresh };
      const enrolled = await enrolments.rotateWhenConfirmed(rotation, pending, change, assertScannable);
      return reply.code(enrolled.isNew ? 201 : 200).send(enrolledView(enrolled, qr));
    },
  });
}
