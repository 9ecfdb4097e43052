import type { IdempotentRequest } from './idempotency.ts';

/** What requests that were sent before came to. Changes keep it themselves: `Change.idempotency`. */
export interface IdempotencyStore {
  /** Returns when the request was not sent before `now` (ms). Throws `AlreadyAnswered`; faults: idempotency_key_reused. */
  assertNotAnswered(accountId: number, request: IdempotentRequest, now: number): Promise<void>;
}
