/** What the store answers, in the words of the simulator. */

import type { Client } from '../../apps/server/src/domain/clients/client.ts';
import type { Fault } from '../../apps/server/src/domain/errors.ts';
import type { AlreadyAnswered } from '../../apps/server/src/domain/idempotency/idempotency.ts';
import type { EventRecord } from '../../apps/server/src/domain/log/events.ts';
import type { LogLine, Outcome, SeenClient } from './history.ts';
import { SYNC_FAILED } from './simulated-disk.ts';

/** More than a run writes. */
export const EVENTS_AT_ONCE = 1_000;
export const EVERY_EVENT = { clientId: null, event: null, outcome: null };

export function seen(client: Client | null): SeenClient | null {
  if (client === null) return null;
  const { failures, delayedUntil, locked, recentFailures } = client.lockout;
  const { authenticators: confirmed, disabled } = client;
  return { confirmed, disabled, failures, delayedUntil, locked, recentFailures };
}

export function toLine({ id, event, outcome, reason, clientId, at, origin }: EventRecord): LogLine {
  return { id, event, outcome, reason, clientId, at, requestId: origin.requestId };
}

export function toOutcome(error: unknown): Outcome {
  // A copy of the server has a class of faults of its own.
  const { name } = error as Error;
  if (name === 'AlreadyAnswered') return { kind: 'again', outcome: answerOf(error as AlreadyAnswered) };
  if (name !== 'Fault') throw error;
  const { code, cause } = error as Fault;
  if (code !== 'store_unavailable') return { kind: 'refused', code };
  const why = cause instanceof Error ? cause.message : String(cause);
  return why === SYNC_FAILED ? { kind: 'unknown' } : { kind: 'unavailable', why };
}

/** What was kept: an answer, or a refusal. */
function answerOf({ outcome }: AlreadyAnswered): Outcome {
  return 'body' in outcome ? (outcome.body as Outcome) : { kind: 'refused', code: outcome.code };
}
