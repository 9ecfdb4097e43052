import { Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import {
  EVENT_GROUPS,
  MAX_VALUES,
  readRefinement,
  type WrittenRefinement,
} from '../../../domain/log/event-filter.ts';
import type { LogFilter } from '../../../domain/log/event-store.ts';
import type { EventType, Outcome } from '../../../domain/log/events.ts';
import { ClientId, EventName, OutcomeName } from '../schemas.ts';

const several = (what: string, example: string) =>
  Type.String({
    // No event has a control character in it, and PostgreSQL has no text with NUL in it.
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,1000}$',
    description: `${what} Up to ${MAX_VALUES} with commas between them.`,
    examples: [example],
  });

/** The filters that the list of the log and its stream take. All that are there must fit. */
export const FILTERS = {
  clientId: Type.Optional(ClientId),
  clientIdPrefix: Type.Optional(
    Type.String({
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,128}$',
      description: 'How the clientId begins. Upper and lower case differ.',
      examples: ['user-'],
    }),
  ),
  event: Type.Optional(EventName),
  events: Type.Optional(
    several(
      `Names of events, or how they begin: ${EVENT_GROUPS.slice(0, 3).join(', ')} and the like.`,
      'client.*,totp.validated',
    ),
  ),
  outcome: Type.Optional(OutcomeName),
  reason: Type.Optional(
    several('Reasons; with * at the end, how they begin.', 'invalid_code,code_already_used'),
  ),
  actor: Type.Optional(
    several('Who did it; with * at the end, how that begins: key:* is all keys.', 'key:4f3d2c1b0a,cli'),
  ),
  ip: Type.Optional(
    several(
      'Addresses, or networks in CIDR notation. The zone of an IPv6 address, as %eth0, says nothing.',
      '192.0.2.7,198.51.100.0/24,2001:db8::/32',
    ),
  ),
  q: Type.Optional(
    Type.String({
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,128}$',
      description:
        'Text that is in the name of the event, its reason, clientId, actor, address, user agent or request id. ' +
        'Upper and lower case are the same.',
      examples: ['curl'],
    }),
  ),
} as const;

interface FilterQuery extends WrittenRefinement {
  readonly clientId?: string | undefined;
  readonly event?: EventType | undefined;
  readonly outcome?: Outcome | undefined;
}

/** The filter that a query asks for. Faults: query_invalid, for what the schema cannot say. */
export function filterOf({ clientId, event, outcome, ...written }: FilterQuery): LogFilter {
  const read = readRefinement(written);
  if ('problem' in read) {
    const { field, message } = read.problem;
    throw new Fault('query_invalid', `The query is invalid: ${field} ${message}.`, {
      errors: [{ path: `/${field}`, message }],
    });
  }
  return {
    clientId: clientId ?? null,
    event: event ?? null,
    outcome: outcome ?? null,
    refined: read.refined,
  };
}
