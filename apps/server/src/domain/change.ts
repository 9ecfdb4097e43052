import type { IdempotentChange } from './idempotency/idempotency.ts';
import type { Origin } from './log/events.ts';

/** When and by whom a change is made; every change is recorded with these in its own transaction. */
export interface Change {
  /** ms since the epoch. */
  readonly at: number;
  readonly origin: Origin;
  /** Absent: its caller sent no Idempotency-Key. */
  readonly idempotency?: IdempotentChange;
}
