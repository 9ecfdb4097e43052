import type { Account } from './accounts/account.ts';
import type { IdempotentChange } from './idempotency/idempotency.ts';
import type { Origin } from './log/events.ts';

/** When and by whom a change is made; every change is recorded with these in its own transaction. */
export interface Change {
  /** ms since the epoch. */
  readonly at: number;
  readonly origin: Origin;
  /**
   * In a test half, by how many ms `at` is ahead of the server's clock. A store that finds the half's clock further ahead
   * moves `at` on by the difference. Absent: `at` is by the server's clock.
   */
  readonly offsetMs?: number;
  /** Absent: its caller sent no Idempotency-Key. */
  readonly idempotency?: IdempotentChange;
}

/** A change that was asked for by the server's clock, with the time that its account has. */
export function changeIn<C extends Change>({ test }: Pick<Account, 'test'>, asked: C): C {
  return test === undefined ? asked : { ...asked, at: asked.at + test.offsetMs, offsetMs: test.offsetMs };
}
