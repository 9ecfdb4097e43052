import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { type Static, Type } from 'typebox';
import {
  type Authenticator,
  authenticatorId,
  DEFAULT_EXPIRES_IN,
  MAX_COUNTER,
} from '../../../domain/authenticators/authenticator.ts';
import type { AskedSecret, Enrolled } from '../../../domain/clients/enrolment.ts';
import { Secret } from '../../../domain/secret.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { AuthenticatorName, AuthenticatorType, ExpiresIn, Fresh } from '../authenticators/schemas.ts';
import { Algorithm, body, Digits, Period } from '../schemas.ts';
import { timestamp } from '../views.ts';
import { qrPngDataUrl, qrSvgDataUrl } from './qr.ts';

/** What every call that makes a secret takes, and how it shows it. */

export type QrFormat = 'png' | 'svg' | 'none';

export const Qr = Type.Unsafe<QrFormat>({
  type: 'string',
  enum: ['png', 'svg', 'none'],
  default: 'png',
  description: 'The format of the QR code; none: no QR code.',
});

export const Confirm = Type.Boolean({
  default: false,
  description:
    'Accept codes only after a first right one was sent to /api/totp/confirm. Sent again meanwhile, the call shows the same secret.',
});

export const SECRET_FIELDS = {
  type: Type.Optional(AuthenticatorType),
  counter: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_COUNTER,
      default: 0,
      description: 'With type hotp: the counter of the next code that the token shows.',
    }),
  ),
  algorithm: Type.Optional(Algorithm),
  digits: Type.Optional(Digits),
  period: Type.Optional(Period),
  secret: Type.Optional(
    Type.String({ maxLength: 512, description: 'An existing secret to import, base32, 128 bits or more.' }),
  ),
  allowShortSecret: Type.Optional(
    Type.Boolean({ default: false, description: 'Take a secret of 80 bits or more. It is marked as weak.' }),
  ),
  lastUsedStep: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'With secret: the highest time step whose code was used elsewhere (seconds since 1970 divided by the period). Codes up to it are refused.',
    }),
  ),
  name: Type.Optional(AuthenticatorName),
  confirm: Type.Optional(Confirm),
  expiresIn: Type.Optional(ExpiresIn),
  fresh: Type.Optional(Fresh),
  qr: Type.Optional(Qr),
};

const Fields = body(SECRET_FIELDS);

/**
 * The secret that a body asks for. Faults: body_invalid for a field that counts only with another, which it lacks: what
 * is ignored in silence is found too late.
 */
export function askedSecret(fields: Static<typeof Fields>): AskedSecret {
  assertConfirms(fields);
  if (fields.allowShortSecret === true && fields.secret === undefined) {
    throw bodyInvalid('/allowShortSecret', 'is of a secret that you bring along: send "secret" with it');
  }
  if (fields.lastUsedStep !== undefined && fields.secret === undefined) {
    throw bodyInvalid('/lastUsedStep', 'needs "secret": a secret that Kanda makes was never used');
  }
  const { algorithm, digits, secret, confirm = false, expiresIn = DEFAULT_EXPIRES_IN } = fields;
  return {
    parameters: {
      algorithm: algorithm ?? DEFAULT_PARAMETERS.algorithm,
      digits: digits ?? DEFAULT_PARAMETERS.digits,
      period: periodOf(fields),
    },
    counter: fields.counter ?? 0,
    secret: secret === undefined ? null : new Secret(secret),
    allowShortSecret: fields.allowShortSecret ?? false,
    lastUsedStep: fields.lastUsedStep ?? null,
    name: fields.name ?? null,
    expiresIn: confirm ? expiresIn : null,
    fresh: fields.fresh ?? false,
  };
}

/** Faults: body_invalid for a field that counts only with `confirm`. */
export function assertConfirms({
  confirm = false,
  ...fields
}: Pick<Static<typeof Fields>, 'confirm' | 'expiresIn' | 'fresh'>): void {
  if (confirm) return;
  for (const name of ['expiresIn', 'fresh'] as const) {
    if (fields[name] !== undefined && fields[name] !== false) {
      throw bodyInvalid(`/${name}`, 'needs "confirm": true');
    }
  }
}

/** 0 for HOTP, whose codes have no period. */
function periodOf({ type, period, counter, lastUsedStep }: Static<typeof Fields>): number {
  if (type === 'hotp') {
    if (period !== undefined)
      throw bodyInvalid('/period', 'cannot be combined with type hotp, whose codes have no period');
    if (lastUsedStep !== undefined) {
      throw bodyInvalid('/lastUsedStep', 'cannot be combined with type hotp: send counter in its place');
    }
    return 0;
  }
  if (counter !== undefined) throw bodyInvalid('/counter', 'needs "type": "hotp"');
  return period ?? DEFAULT_PARAMETERS.period;
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

/** The status of an answer that shows an enrolment. */
export function newOrShown({ isNew }: Enrolled) {
  return isNew ? (201 as const) : (200 as const);
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
