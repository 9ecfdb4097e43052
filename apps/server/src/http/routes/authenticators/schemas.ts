import { type Static, Type } from 'typebox';
import {
  AUTHENTICATOR_ID_PATTERN,
  AUTHENTICATOR_STATUSES,
  DEFAULT_EXPIRES_IN,
  EXPIRES_IN,
} from '../../../domain/authenticators/authenticator.ts';
import { DISPLAY_NAME_PATTERN } from '../../../domain/clients/names.ts';
import { Algorithm, Digits, named, notEmpty, nullable, openWords, Timestamp, words } from '../schemas.ts';

/** What calls about authenticators are built of. */

export const AuthenticatorId = Type.String({
  pattern: AUTHENTICATOR_ID_PATTERN,
  description: "The authenticator's id.",
  examples: ['aut_17'],
});

export const AuthenticatorName = Type.String({
  ...notEmpty,
  pattern: DISPLAY_NAME_PATTERN,
  description: 'A name for it: 1–128 characters, no colon.',
  examples: ['Work phone'],
});

export const AuthenticatorType = words(
  ['totp', 'hotp'] as const,
  'totp: codes by time (RFC 6238). hotp: codes by a counter (RFC 4226), as hardware tokens show.',
);

const AuthenticatorStatusName = openWords(
  AUTHENTICATOR_STATUSES,
  'pending: its codes are not accepted until a first right one confirms it.',
);

export const ExpiresIn = Type.Integer({
  minimum: EXPIRES_IN.least,
  maximum: EXPIRES_IN.most,
  default: DEFAULT_EXPIRES_IN,
  description: 'With confirm: seconds until the pending authenticator expires.',
});

export const Fresh = Type.Boolean({
  default: false,
  description: 'With confirm: make a new secret, where a pending one would be shown again.',
});

export const EnrolledView = Type.Object(
  {
    clientId: Type.String(),
    authenticatorId: Type.Optional(AuthenticatorId),
    status: Type.Optional(AuthenticatorStatusName),
    expiresAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'Until when it can be confirmed.' }),
    ),
    secret: Type.String({ description: 'Base32 without padding. It is shown here and never again.' }),
    otpauthUrl: Type.String({ description: 'The URL in the QR code.' }),
    qrDataUrl: nullable(
      Type.String({ description: 'For <img src>: a data URL of the QR code; null when qr is "none".' }),
    ),
  },
  named('Enrolment', 'A secret to show to the user, once.', {
    clientId: 'user-123',
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    otpauthUrl:
      'otpauth://totp/MyApp:alice%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=MyApp&algorithm=SHA1&digits=6&period=30',
    qrDataUrl: 'data:image/png;base64,...',
  }),
);

export const AuthenticatorView = Type.Object(
  {
    id: AuthenticatorId,
    name: nullable(Type.String()),
    type: AuthenticatorType,
    status: AuthenticatorStatusName,
    expiresAt: nullable(
      Type.String({
        format: 'date-time',
        description: 'Until when it can be confirmed; null when it is confirmed.',
      }),
    ),
    attemptsLeft: nullable(
      Type.Integer({
        description: 'Wrong codes that may still be sent to confirm it; null when it is confirmed.',
      }),
    ),
    replaces: nullable(
      Type.String({
        description: 'What its confirmation removes: the id of an authenticator, or all; null: nothing.',
      }),
    ),
    weakSecret: Type.Boolean({ description: 'Its secret has fewer than the 128 bits of RFC 4226 §4.' }),
    drift: Type.Integer({
      description:
        "How many steps its clock is ahead of the server's, as far as the policy follows it. Negative: behind.",
    }),
    counter: nullable(Type.Integer({ description: 'The counter that is expected next; null for totp.' })),
    algorithm: Algorithm,
    digits: Digits,
    period: nullable(Type.Integer({ description: 'Seconds; null for hotp.' })),
    createdAt: Timestamp,
    rotatedAt: nullable(Timestamp),
    lastAcceptedAt: nullable(Timestamp),
  },
  named('Authenticator', 'A phone or hardware token of a user; never its secret.', {
    id: 'aut_17',
    name: 'Work phone',
    type: 'totp',
    status: 'active',
    expiresAt: null,
    attemptsLeft: null,
    replaces: null,
    weakSecret: false,
    drift: 0,
    counter: null,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    createdAt: '2026-01-31T09:30:00.000Z',
    rotatedAt: null,
    lastAcceptedAt: '2026-01-31T09:42:00.000Z',
  }),
);

export type AuthenticatorJson = Static<typeof AuthenticatorView>;
