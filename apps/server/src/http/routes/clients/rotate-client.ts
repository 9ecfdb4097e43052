import { type Static, Type } from 'typebox';
import { authenticatorNumber, DEFAULT_EXPIRES_IN } from '../../../domain/authenticators/authenticator.ts';
import type { Proof } from '../../../domain/authenticators/ports.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { AuthenticatorId, EnrolledView, ExpiresIn, Fresh } from '../authenticators/schemas.ts';
import { ClientId, Code, parameters, RecoveryCode } from '../schemas.ts';
import { assertConfirms, Confirm, enrolledView, newOrShown, Qr } from './asked-secret.ts';
import { assertScannable } from './qr.ts';

const ProofOfUser = Type.Object(
  { token: Type.Optional(Code), recoveryCode: Type.Optional(RecoveryCode) },
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    description:
      'A code or a recovery code of the user. Without a right one nothing is changed. It is used up.',
  },
);

const Body = Type.Object(
  {
    authenticatorId: Type.Optional(AuthenticatorId),
    confirm: Type.Optional(Confirm),
    expiresIn: Type.Optional(ExpiresIn),
    fresh: Type.Optional(Fresh),
    proof: Type.Optional(ProofOfUser),
    qr: Type.Optional(Qr),
  },
  { type: ['object', 'null'], additionalProperties: false },
);

export function rotateClient(
  app: App,
  {
    authenticate,
    clientRecoveryCodes,
    clock,
    enrolments,
  }: RouteNeeds<'authenticate' | 'clientRecoveryCodes' | 'clock' | 'enrolments'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/rotate/:clientId',
    onRequest: authenticate('totp:write'),
    schema: {
      operationId: 'rotateClient',
      summary:
        "Replace a user's secret, as after a lost phone; the old one stops working at once, or with confirm when the new one is confirmed",
      description:
        'All the other authenticators of the user go with the old secret, unless authenticatorId names one. With proof, Kanda checks a code or a recovery code first.',
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
      const made = changeOf(request, clock);
      const {
        authenticatorId,
        confirm = false,
        expiresIn = DEFAULT_EXPIRES_IN,
        fresh = false,
        qr = 'png',
        proof: shown,
      } = request.body ?? {};
      assertConfirms(request.body ?? {});
      const number = authenticatorId === undefined ? null : authenticatorNumber(authenticatorId);
      const { clientId } = request.params;
      const proof = shown && readProof(shown, (typed) => clientRecoveryCodes.macOf(account, clientId, typed));
      const rotation = { accountId: account.id, clientId, number, ...(proof === undefined ? {} : { proof }) };
      const { status, body } = await once(
        request,
        made,
        (change) =>
          confirm
            ? enrolments.rotateWhenConfirmed(rotation, { expiresIn, fresh }, change, assertScannable)
            : enrolments.rotate(rotation, change),
        (enrolled) => ({
          status: confirm ? newOrShown(enrolled) : (200 as const),
          body: enrolledView(enrolled, qr),
        }),
      );
      return reply.code(status).send(body);
    },
  });
}

/** A proof as the store takes it. The schema lets one of the two pass. */
function readProof(
  { token, recoveryCode = '' }: Static<typeof ProofOfUser>,
  macOf: (typed: Secret<string>) => Uint8Array | null,
): Proof {
  if (token !== undefined) return { kind: 'code', code: token };
  return { kind: 'recovery code', mac: macOf(new Secret(recoveryCode)) };
}
