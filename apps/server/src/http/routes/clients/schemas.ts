import { type Static, Type } from 'typebox';
import { CLIENT_STATUSES } from '../../../domain/clients/client.ts';
import { Algorithm, Digits, named, nullable, openWords, STATUS_IN_WORDS, Timestamp } from '../schemas.ts';

/** How a client looks in JSON. Its name is not `Client`: generators use that for the API client. */
export const ClientView = Type.Object(
  {
    clientId: Type.String(),
    label: Type.String(),
    issuer: Type.String(),
    status: openWords(CLIENT_STATUSES, STATUS_IN_WORDS),
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
          "Every code is refused until then; else null. Either this server's clock was ahead when a code was accepted, and unlock with resetClock ends it, or a backup was restored recently, and it ends by itself.",
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
  },
  named('EnrolledClient', 'An enrolled user.', {
    clientId: 'user-123',
    label: 'alice@example.com',
    issuer: 'MyApp',
    status: 'active',
    lockedUntil: null,
    clockAheadUntil: null,
    expiresAt: null,
    authenticators: 1,
    weakSecret: false,
    failures: 0,
    failuresToday: 1,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    createdAt: '2026-01-31T09:30:00.000Z',
    rotatedAt: null,
    lastAcceptedAt: '2026-01-31T09:42:00.000Z',
  }),
);

export type ClientJson = Static<typeof ClientView>;
