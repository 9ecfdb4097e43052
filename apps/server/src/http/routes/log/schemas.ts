import { type Static, Type } from 'typebox';
import { EVENT_TYPES, type EventType, UNKNOWN_EVENT } from '../../../domain/log/events.ts';
import { named, nullable, OutcomeName, openWords, Timestamp } from '../schemas.ts';

/** How the log looks in JSON. */

const LoggedEventName = openWords(
  [...(Object.keys(EVENT_TYPES) as EventType[]), UNKNOWN_EVENT],
  `What happened. ${UNKNOWN_EVENT}: a newer version, which works on the same store, wrote it.`,
);

export const EVENT_EXAMPLE = {
  id: 17,
  event: 'totp.validated',
  outcome: 'success',
  reason: null,
  clientId: 'user-123',
  actor: 'key:4f3d2c1b0a',
  ip: '192.0.2.7',
  userAgent: 'curl/8.5.0',
  requestId: 'req_k3v9_1a',
  createdAt: '2026-01-31T09:42:00.000Z',
};

export const EventView = Type.Object(
  {
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
  },
  named('Event', 'An event of the access log.', EVENT_EXAMPLE),
);

export const HashText = Type.String({ description: 'SHA-256, base64.' });

/** In examples. */
export const HASH = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
export const NOTE = `kanda.example/acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00\n20\n${HASH}\n\n— kanda.example/acc_5a0c9c2b7d1f4e8f9a3b6c7d8e9f00 Az3grlgt...\n`;

export type EventJson = Static<typeof EventView>;
