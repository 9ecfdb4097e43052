import { Type } from 'typebox';
import { MODES } from '../../../domain/accounts/account.ts';
import { SCOPES } from '../../../domain/keys/scopes.ts';
import { named, nullable, openWords, Timestamp, words } from '../schemas.ts';

/** How accounts, log-ins and tokens look in JSON. */

const ACCOUNT = {
  userId: 'acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00',
  email: 'you@example.com',
  mode: 'live',
  createdAt: '2026-01-31T09:30:00.000Z',
};
const TOKEN = {
  token: 'eyJhbGciOiJIUzI1NiIs...',
  expiresIn: '1h',
  expiresInSeconds: 3600,
};
const ENDS_AT = '2026-01-31T10:30:00.000Z';

const AccountFields = {
  userId: Type.String({ description: "The account's id.", examples: [ACCOUNT.userId] }),
  email: Type.String(),
  mode: words(MODES, 'Which half of the account the bearer is of; userId is that of the half.'),
  createdAt: Timestamp,
};

const TwoFactorView = Type.Object(
  {
    active: Type.Boolean({ description: 'Login requires a code.' }),
    recoveryCodesLeft: Type.Integer({ description: 'Recovery codes that were not used yet.' }),
  },
  named('TwoFactor', "The account's own second factor. Shown only to log-ins.", {
    active: true,
    recoveryCodesLeft: 10,
  }),
);

export const SessionView = Type.Object(
  {
    id: Type.String({ examples: ['ses_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00'] }),
    current: Type.Boolean({ description: 'The current log-in.' }),
    createdAt: Timestamp,
    lastSeenAt: Type.String({
      format: 'date-time',
      description: 'When its token was last used, to about a minute.',
    }),
    expiresAt: Type.String({ format: 'date-time', description: 'When its token ends.' }),
    ip: nullable(Type.String()),
    userAgent: nullable(Type.String()),
  },
  named('Session', 'A log-in that has not ended.', {
    id: 'ses_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00',
    current: true,
    createdAt: ACCOUNT.createdAt,
    lastSeenAt: '2026-01-31T09:42:00.000Z',
    expiresAt: ENDS_AT,
    ip: '192.0.2.7',
    userAgent: 'curl/8.5.0',
  }),
);

export const StartedAuthenticatorView = Type.Object(
  {
    secret: Type.String({ description: 'Base32 without padding. It is shown here and never again.' }),
    otpauthUrl: Type.String({ description: 'The URL in the QR code.' }),
    qrDataUrl: Type.String({ description: 'For <img src>: a data URL of the QR code.' }),
  },
  named('StartedTwoFactor', "The secret of the account's own authenticator, shown once.", {
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    otpauthUrl:
      'otpauth://totp/Kanda:you%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Kanda&algorithm=SHA1&digits=6&period=30',
    qrDataUrl: 'data:image/png;base64,...',
  }),
);

export const RecoveryCodesView = Type.Object(
  {
    recoveryCodes: Type.Array(Type.String(), {
      description: 'Each works once. They are shown here and never again.',
    }),
  },
  named('AccountRecoveryCodes', "Recovery codes of the account's own second factor, shown once.", {
    recoveryCodes: ['mfrg-gzdf-mztw-q2lk', 'nzxw-s43f-mrsx-e5tn'],
  }),
);

export const RegisteredView = Type.Object(
  { userId: AccountFields.userId, email: AccountFields.email },
  named('RegisteredAccount', 'The account was made.', { userId: ACCOUNT.userId, email: ACCOUNT.email }),
);

export const AccountView = Type.Object(
  {
    ...AccountFields,
    scopes: Type.Array(openWords(SCOPES, 'What the bearer may do.')),
    twoFactor: Type.Optional(TwoFactorView),
    operator: Type.Optional(
      Type.Boolean({
        description: 'Whether this log-in may see the status of the installation. Shown only to log-ins.',
      }),
    ),
  },
  named('Account', 'The account of this bearer.', { ...ACCOUNT, scopes: ['totp:validate', 'totp:read'] }),
);

/** How long a token is good, in two ways: the first one came first, and the second needs no parsing. */
const EXPIRY = {
  expiresIn: Type.String({ description: 'How long the token is good, in words.', examples: ['1h'] }),
  expiresInSeconds: Type.Integer({ description: 'The same in seconds.', examples: [3600] }),
};
const Token = Type.String({ description: 'A JWT to send as "Authorization: Bearer <token>".' });

export const TokenView = Type.Object(
  { token: Token, ...EXPIRY },
  named('Token', 'A token for the API key.', TOKEN),
);

const COOKIE = {
  session: 'cookie',
  expiresIn: TOKEN.expiresIn,
  expiresInSeconds: TOKEN.expiresInSeconds,
  expiresAt: ENDS_AT,
};

const kind = <T extends string>(value: T) => Type.Literal(value, { description: 'Where the token is.' });

/** What a log-in answers: `session` says which of the two it is. */
export const LogInView = Type.Union(
  [
    Type.Object(
      { session: kind('token'), token: Token, ...EXPIRY },
      named('TokenSession', 'The token is in this answer.', { session: 'token', ...TOKEN }),
    ),
    Type.Object(
      { session: kind('cookie'), ...EXPIRY, expiresAt: Timestamp },
      named('CookieSession', 'The token is in the cookie that comes with this answer.', COOKIE),
    ),
  ],
  {
    ...named('LogIn', 'You are logged in.', { session: 'token', ...TOKEN }, COOKIE),
    discriminator: { propertyName: 'session' },
  },
);
