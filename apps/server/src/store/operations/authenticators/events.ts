import type { Change } from '../../../domain/change.ts';
import type { EventType, NewEvent } from '../../../domain/log/events.ts';

/** An event of a client about one of its authenticators; `reason` makes it a failure. */
export function authenticatorEvent(
  event: EventType,
  clientId: string,
  { at, origin }: Change,
  reason: string | null = null,
): NewEvent {
  return { event, outcome: reason === null ? 'success' : 'failure', reason, clientId, at, origin };
}
