import type { IdempotentRequest } from './idempotency.ts';

/** The answers to requests that were sent before. Changes keep them by `Change.idempotency`. */
export interface IdempotencyStore {
  /** Returns when the request was not sent before `now` (ms). Throws `AlreadyAnswered`; faults: idempotency_key_reused. */
  assertNotAnswered(accountId: number, request: IdempotentRequest, now: number): Promise<void>;
}
