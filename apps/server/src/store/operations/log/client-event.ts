import type { Change } from '../../../domain/change.ts';
import type { EventType, NewEvent } from '../../../domain/log/events.ts';

/** An event of a client, caused by a change; `failure` is the reason if the change, or the attempt in it, failed. */
export function clientEvent(
  event: EventType,
  clientId: string,
  { at, origin }: Change,
  failure: string | null = null,
): NewEvent {
  return { event, outcome: failure === null ? 'success' : 'failure', reason: failure, clientId, at, origin };
}

/** The same of a success that has a reason, such as what was found. */
export function notedEvent(
  event: EventType,
  clientId: string,
  change: Change,
  note: string | null,
): NewEvent {
  return { ...clientEvent(event, clientId, change), reason: note };
}
