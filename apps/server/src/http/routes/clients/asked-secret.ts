import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { type Static, Type } from 'typebox';
import {
  type Authenticator,
  authenticatorId,
  DEFAULT_EXPIRES_IN,
} from '../../../domain/authenticators/authenticator.ts';
import type { AskedSecret, Enrolled } from '../../../domain/clients/enrolment.ts';
import { Secret } from '../../../domain/secret.ts';
import { AuthenticatorName, ExpiresIn, Fresh } from '../authenticators/schemas.ts';
import { Algorithm, body, Digits, Period } from '../schemas.ts';
import { timestamp } from '../views.ts';
import { qrPngDataUrl, qrSvgDataUrl } from './qr.ts';

/** What every call that makes a secret takes, and how it shows it. */

export type QrFormat = 'png' | 'svg' | 'none';

export const Qr = Type.Unsafe<QrFormat>({
  type: 'string',
  enum: ['png', 'svg', 'none'],
  default: 'png',
  description: 'The QR code.',
});

export const Confirm = Type.Boolean({
  default: false,
  description:
    'Whether codes are accepted only once a first right one was sent to /api/totp/confirm. Sent again meanwhile, the answer has the same secret.',
});

export const SECRET_FIELDS = {
  algorithm: Type.Optional(Algorithm),
  digits: Type.Optional(Digits),
  period: Type.Optional(Period),
  secret: Type.Optional(
    Type.String({ maxLength: 512, description: 'A secret to bring along, base32, 128 bits or more.' }),
  ),
  allowShortSecret: Type.Optional(
    Type.Boolean({ default: false, description: 'Take a secret of 80 bits or more. It is marked as weak.' }),
  ),
  lastUsedStep: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'The highest time step whose code was used elsewhere: seconds since 1970 divided by the period. Codes up to it are refused.',
    }),
  ),
  name: Type.Optional(AuthenticatorName),
  confirm: Type.Optional(Confirm),
  expiresIn: Type.Optional(ExpiresIn),
  fresh: Type.Optional(Fresh),
  qr: Type.Optional(Qr),
};

const Fields = body(SECRET_FIELDS);

/** The secret that a body asks for. */
export function askedSecret(fields: Static<typeof Fields>): AskedSecret {
  const { algorithm, digits, period, secret, confirm = false, expiresIn = DEFAULT_EXPIRES_IN } = fields;
  return {
    parameters: {
      algorithm: algorithm ?? DEFAULT_PARAMETERS.algorithm,
      digits: digits ?? DEFAULT_PARAMETERS.digits,
      period: period ?? DEFAULT_PARAMETERS.period,
    },
    secret: secret === undefined ? null : new Secret(secret),
    allowShortSecret: fields.allowShortSecret ?? false,
    lastUsedStep: fields.lastUsedStep ?? null,
    name: fields.name ?? null,
    expiresIn: confirm ? expiresIn : null,
    fresh: fields.fresh ?? false,
  };
}

/** The one place where a client's secret leaves Kanda. */
export function enrolledView({ clientId, secret, otpauthUrl, authenticator }: Enrolled, qr: QrFormat) {
  const draw = { png: qrPngDataUrl, svg: qrSvgDataUrl, none: () => null }[qr];
  return {
    clientId,
    ...pendingView(authenticator),
    secret: secret.reveal(),
    otpauthUrl: otpauthUrl.reveal(),
    qrDataUrl: draw(otpauthUrl),
  };
}

/** What only an answer about a pending authenticator says: the others are as they have always been. */
function pendingView({ number, pendingUntil }: Authenticator) {
  if (pendingUntil === null) return {};
  return {
    authenticatorId: authenticatorId(number),
    status: 'pending' as const,
    expiresAt: timestamp(pendingUntil),
  };
}
