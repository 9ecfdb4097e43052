import type { Digits } from '@kanda/otp';
import { Fault, secretUnreadable } from '../../domain/errors.ts';
import type { EventType, NewEvent } from '../../domain/log/events.ts';
import type { Attempt } from '../../domain/ports.ts';

/** What the log says when an attempt is the one that locks its client until it is unlocked. */
export const LOCKED_NOW = { outcome: 'success', reason: 'too_many_failures' } as const;

/** An event about an attempt. */
export function verdictEvent(
  { clientId, origin }: Attempt,
  event: EventType,
  { outcome, reason }: Pick<NewEvent, 'outcome' | 'reason'>,
  at: number,
): NewEvent {
  return { event, outcome, reason, clientId, at, origin };
}

/** The code has another length than this client's: nothing is read and nothing counts. */
export function malformed(digits: Digits): Fault {
  const message = `must be exactly ${digits} digits for this client`;
  return new Fault('totp_code_malformed', `The code ${message}. Nothing was checked and nothing counted.`, {
    errors: [{ path: '/token', message }],
  });
}

/** What is wrong with this one authenticator: its secret does not open, or its row makes no sense. */
export function unreadable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return secretUnreadable(cause);
}
