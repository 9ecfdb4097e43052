import type { TotpParameters } from '@kanda/otp';
import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import type { Origin } from '../log/events.ts';

export interface NewTestHalf {
  /** The `id` of the account whose half it is to be. */
  readonly liveId: number;
  readonly publicId: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly origin: Origin;
}

/** What an authenticator of a test half computes codes from. */
export interface OpenedAuthenticator {
  /** Its number in the account. */
  readonly number: number;
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** The last step or counter that was used; -1: none. */
  readonly watermark: number;
}

/**
 * The test halves of accounts. What is done with a half is refused with `account_not_found` for the number of a live account,
 * whichever caller asks.
 */
export interface TestHalfStore {
  /** With the clock as it is now; null: the account has none yet. */
  findTestHalf(liveId: number): Promise<Account | null>;
  /** Makes it unless it is there, with a data key of its own. Faults: account_not_found. */
  createTestHalf(half: NewTestHalf): Promise<Account>;
  /**
   * Sets the clock of a half forward by `byMs`, and gives by how many ms it is ahead of the server's afterwards.
   * Faults: account_not_found, test_clock_spent.
   */
  advanceTestClock(accountId: number, byMs: number, made: Change): Promise<number>;
  /**
   * Deletes all clients of a half, a few in each transaction, and what is remembered of used HOTP codes; the log stays.
   * Faults: account_not_found.
   */
  deleteTestClients(accountId: number, made: Change): Promise<void>;
  /**
   * Opens an authenticator of a half, also a pending one; `number` null: the client's first. `now` in ms, in the half.
   * Faults: account_not_found, client_not_found, authenticator_not_found, secret_unreadable.
   */
  openTestAuthenticator(
    accountId: number,
    clientId: string,
    number: number | null,
    now: number,
  ): Promise<OpenedAuthenticator>;
}
