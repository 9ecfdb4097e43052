import { type EventRecord, UNKNOWN_EVENT } from './events.ts';

/**
 * An event as everybody sees it: in `GET /api/logs`, in a line of the NDJSON export, and in the tree. The
 * order of the fields is part of the format.
 */
export interface LoggedEvent {
  id: number;
  event: EventRecord['event'];
  outcome: EventRecord['outcome'];
  reason: string | null;
  clientId: string | null;
  actor: string;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  /** RFC 3339, UTC, with milliseconds. */
  createdAt: string;
}

/** In front of every entry of the tree. Another form of the entry would get another number. */
const ENTRY_TAG = 'kanda-event-v1\n';

const FIELDS = [
  'id',
  'event',
  'outcome',
  'reason',
  'clientId',
  'actor',
  'ip',
  'userAgent',
  'requestId',
  'createdAt',
] as const satisfies readonly (keyof LoggedEvent)[];

/** Throws a `RangeError` on a time that no calendar has, as only an altered store can hold. */
export function loggedEvent(event: EventRecord): LoggedEvent {
  const { actor, ip, userAgent, requestId } = event.origin;
  return {
    id: event.id,
    event: event.event,
    outcome: event.outcome,
    reason: event.reason,
    clientId: event.clientId,
    actor,
    ip,
    userAgent,
    requestId,
    createdAt: new Date(event.at).toISOString(),
  };
}

/**
 * The bytes of which the tree holds the hash: a tag, and the event as JSON without white space (ECMA-262
 * `JSON.stringify`), which is the very line of the NDJSON export.
 */
export function treeEntry(event: LoggedEvent): Uint8Array {
  return Buffer.from(ENTRY_TAG + JSON.stringify(inOrder(event)));
}

/**
 * The entry of an event as a store has it. Throws a `RangeError` when this version cannot tell it: only who knows the
 * event's name can, and a leaf that was made without it would stay wrong for ever.
 */
export function entryOf(event: EventRecord): Uint8Array {
  if (event.event === UNKNOWN_EVENT) throw new RangeError('its type is unknown to this version');
  return treeEntry(loggedEvent(event));
}

/** What a line of an export says, or null when it is no event of this form: a field more, less or of another type. */
export function parseLoggedEvent(line: string): LoggedEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const event = value as Record<string, unknown>;
  const wellFormed =
    Object.keys(event).length === FIELDS.length &&
    FIELDS.every(
      (field) => field in event && (event[field] === null || typeof event[field] === typeOf(field)),
    ) &&
    Number.isSafeInteger(event.id) &&
    Number(event.id) >= 1;
  return wellFormed ? (event as unknown as LoggedEvent) : null;
}

/** Written out: `JSON.stringify` with a list of fields takes several times as long. */
function inOrder(event: LoggedEvent): LoggedEvent {
  const { id, event: name, outcome, reason, clientId, actor, ip, userAgent, requestId, createdAt } = event;
  return { id, event: name, outcome, reason, clientId, actor, ip, userAgent, requestId, createdAt };
}

function typeOf(field: keyof LoggedEvent): 'number' | 'string' {
  return field === 'id' ? 'number' : 'string';
}
