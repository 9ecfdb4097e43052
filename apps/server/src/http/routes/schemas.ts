import { ALGORITHMS } from '@kanda/otp';
import { type Static, type TSchema, Type } from 'typebox';
import { MODES } from '../../domain/accounts/account.ts';
import { PASSWORD_MAX_LENGTH } from '../../domain/accounts/password-rules.ts';
import { CLIENT_STATUSES } from '../../domain/clients/client.ts';
import { CLIENT_ID_PATTERN, DISPLAY_NAME_PATTERN, MAX_WRITTEN_LENGTH } from '../../domain/clients/names.ts';
import { FAULT_CODES } from '../../domain/errors.ts';
import { SCOPES } from '../../domain/keys/scopes.ts';
import { EVENT_TYPES, type EventType, UNKNOWN_EVENT } from '../../domain/log/events.ts';

/** The building blocks of the contract: from each come the type, the check, the serializer and the OpenAPI entry. */

const closed = { additionalProperties: false } as const;
/** The patterns demand it too; said apart, so that a refusal can name it. */
export const notEmpty = { minLength: 1 } as const;

export function words<T extends string>(values: readonly T[], description: string) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], description });
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export const ClientId = Type.String({
  ...notEmpty,
  // As it is written: NFC makes a fourth of these of it at most, and judges those.
  maxLength: MAX_WRITTEN_LENGTH,
  pattern: CLIENT_ID_PATTERN,
  /** See strict-input.ts. */
  clientId: true,
  description:
    "Your application's own name for one of its users: 1 to 128 printable characters of any script, compared byte for byte after NFC. " +
    'No white space but U+0020 between others; no control, invisible, reordering, private-use or unassigned characters; ' +
    'not . or .., nor these between slashes. In a path it is percent-encoded.',
  examples: ['user-123'],
});

const DisplayName = (description: string, example: string) =>
  Type.String({ ...notEmpty, pattern: DISPLAY_NAME_PATTERN, description, examples: [example] });

export const Label = DisplayName(
  "The user's name as the phone shows it: 1–128 characters, no colon.",
  'alice@example.com',
);
export const Issuer = DisplayName(
  "Your application's name as the phone shows it: 1–128 characters, no colon.",
  'MyApp',
);

export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339',
  examples: ['2026-01-31T09:30:00.000Z'],
});

export const Email = Type.String({
  ...notEmpty,
  // No control, invisible or reordering characters: an address must read as what it is.
  pattern: '^[^@\\s\\p{Cc}\\p{Cf}\\p{Cs}]{1,64}@[^@\\s\\p{Cc}\\p{Cf}\\p{Cs}]{1,189}$',
  description: 'An e-mail address; upper and lower case are the same.',
  examples: ['you@example.com'],
});

export const NewPassword = Type.String({
  maxLength: PASSWORD_MAX_LENGTH,
  description: '15 characters or more. A sentence is fine.',
  examples: ['a sentence that nobody else would write'],
});

export const ScopeList = Type.Array(words(SCOPES, 'What the key may do.'), {
  minItems: 1,
  maxItems: SCOPES.length,
  uniqueItems: true,
});

export const Algorithm = words(ALGORITHMS, 'The hash function. Some authenticator apps know only SHA1.');
export const Digits = Type.Unsafe<6 | 8>({ type: 'integer', enum: [6, 8], description: 'Digits of a code.' });
export const Period = Type.Integer({
  minimum: 15,
  maximum: 300,
  description: 'Seconds that a code is shown.',
});

export const Limit = Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Rows in a page.' });
export const Cursor = Type.String({
  maxLength: 64,
  description: 'The nextCursor of the page before. Opaque.',
});

export const EventId = Type.String({
  pattern: '^[1-9][0-9]{0,14}$',
  description: "The event's id.",
  examples: ['17'],
});
export const EventName = words(Object.keys(EVENT_TYPES) as EventType[], 'What happened.');
const LoggedEventName = words(
  [...(Object.keys(EVENT_TYPES) as EventType[]), UNKNOWN_EVENT],
  `What happened. ${UNKNOWN_EVENT}: a newer version, which works on the same store, wrote it.`,
);
export const OutcomeName = words(['success', 'failure'] as const, 'Whether it succeeded.');
export const StatusName = words(
  CLIENT_STATUSES,
  'pending: no authenticator was confirmed yet. locked: during a delay, or until it is unlocked.',
);

export const Empty = Type.Null({ description: 'No content' });

export const AccountView = Type.Object({
  userId: Type.String({ description: "The account's id.", examples: ['acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00'] }),
  email: Type.String(),
  mode: words(MODES, 'Which half of the account the bearer is of; userId is that of the half.'),
  createdAt: Timestamp,
});

export const TwoFactorView = Type.Object(
  {
    active: Type.Boolean({ description: 'Login requires a code.' }),
    recoveryCodesLeft: Type.Integer({ description: 'Recovery codes that were not used yet.' }),
  },
  { description: "The account's own second factor. Shown only to log-ins." },
);

export const SessionView = Type.Object({
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
});

export const StartedAuthenticatorView = Type.Object({
  secret: Type.String({ description: 'Base32 without padding. It is shown here and never again.' }),
  otpauthUrl: Type.String({ description: 'The URL in the QR code.' }),
  qrDataUrl: Type.String({ description: 'For <img src>: a data URL of the QR code.' }),
});

export const RecoveryCodesView = Type.Object({
  recoveryCodes: Type.Array(Type.String(), {
    description: 'Each works once. They are shown here and never again.',
  }),
});

export const RegisteredView = Type.Pick(AccountView, ['userId', 'email']);

export const TokenView = Type.Object({
  token: Type.String({ description: 'A JWT to send as "Authorization: Bearer <token>".' }),
  expiresIn: Type.String({ examples: ['1h'] }),
});

export const CookieSessionView = Type.Object(
  { expiresIn: Type.String({ examples: ['1h'] }), expiresAt: Timestamp },
  { description: 'The token is in the cookie that comes with this answer.' },
);

export const ModeInQuery = words(
  MODES,
  'As the header Kanda-Mode, for links and EventSource, which send no headers of their own.',
);

export const Code = Type.String({
  pattern: '^(?:[0-9]{6}|[0-9]{8})$',
  description: 'What the user typed: the digits of the code, as a string.',
  examples: ['847291'],
});

export const RecoveryCode = Type.String({
  ...notEmpty,
  maxLength: 64,
  description:
    "One of the user's recovery codes, in place of a token, as typed. Case, spaces and hyphens do not matter. It is used up.",
  examples: ['4KQ7-ZX0M-9TRB-2HWD'],
});

export const REFUSALS = ['invalid_code', 'code_already_used', 'locked', 'disabled', 'pending'] as const;
export const RefusalName = words(
  REFUSALS,
  "Why it was refused. A used code reads invalid_code unless the account's policy has tellReplays.",
);
export const RetryAfter = Type.Integer({
  description:
    'Seconds until the next attempt is evaluated; absent when only unlock or rotate ends the lock.',
});

export const ClientView = Type.Object({
  clientId: Type.String(),
  label: Type.String(),
  issuer: Type.String(),
  status: StatusName,
  lockedUntil: nullable(
    Type.String({
      format: 'date-time',
      description: 'The end of a delay; null when there is none or only unlock ends it.',
    }),
  ),
  clockAheadUntil: nullable(
    Type.String({
      format: 'date-time',
      description:
        "Every code is refused until then, because this server's clock was ahead when one was accepted; else null. Unlock with resetClock to end it.",
    }),
  ),
  expiresAt: nullable(
    Type.String({
      format: 'date-time',
      description: 'Until when the enrolment can be confirmed; null when an authenticator is confirmed.',
    }),
  ),
  authenticators: Type.Integer({ description: 'Confirmed authenticators.' }),
  weakSecret: Type.Boolean({
    description:
      'One of its secrets has fewer than the 128 bits of RFC 4226 §4. Rotate it with confirm: true.',
  }),
  failures: Type.Integer({ description: 'Wrong codes since the last right one.' }),
  failuresToday: Type.Integer({ description: 'Wrong codes in the last 24 hours.' }),
  algorithm: Algorithm,
  digits: Digits,
  period: nullable(
    Type.Integer({
      description: 'Seconds that a code is shown; null when its first authenticator is of type hotp.',
    }),
  ),
  createdAt: Timestamp,
  rotatedAt: nullable(Timestamp),
  lastAcceptedAt: nullable(Timestamp),
});

export const EventView = Type.Object({
  id: Type.Integer({ description: "The event's place in your log: from 1, without gaps." }),
  event: LoggedEventName,
  outcome: OutcomeName,
  reason: nullable(Type.String()),
  clientId: nullable(Type.String()),
  actor: Type.String({
    description: 'key:<id>, account:<id>, cli, kanda for what the server does by itself, or anonymous',
  }),
  ip: nullable(Type.String()),
  userAgent: nullable(Type.String()),
  requestId: nullable(Type.String()),
  createdAt: Timestamp,
});

export const HashText = Type.String({ description: 'SHA-256, base64.' });

export const ProblemView = Type.Object(
  {
    type: Type.String({ description: 'A page that explains this error.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: words(FAULT_CODES, 'The cause, for programs.'),
    requestId: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
    sameSecret: Type.Optional(
      Type.Boolean({
        description: 'Of client_exists, when a secret was brought along: whether the client has it already.',
      }),
    ),
  },
  { description: 'What was wrong (RFC 9457).' },
);

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({ data: Type.Array(item), nextCursor: nullable(Type.String()) });
}

export function body<T extends Record<string, TSchema>>(properties: T) {
  return Type.Object(properties, closed);
}

/** Query and path parameters are closed too: a misspelt filter must not silently give everything. */
export const parameters = body;

export type ClientJson = Static<typeof ClientView>;
export type EventJson = Static<typeof EventView>;
