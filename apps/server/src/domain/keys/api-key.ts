import type { Account } from '../accounts/account.ts';
import type { Scope } from './scopes.ts';

/** An API key as the account sees it; its secret part is nowhere in it. Times are ms since the epoch. */
export interface ApiKey {
  /** The public part, which the key's text contains. */
  readonly id: string;
  readonly accountId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** What a bearer is checked against: the key with its MAC, and its account. */
export interface ApiKeyCredential extends ApiKey {
  readonly mac: Uint8Array;
  readonly account: Account;
}

/** How long before a key's end the log says that it comes: long enough to deploy another key. */
export const EXPIRY_NOTICE_MS = 14 * 86_400_000;

/** From then on a key that was not used is taken for one that is not needed any more. */
export const UNUSED_AFTER_MS = 90 * 86_400_000;

/** How many keys of an installation need a look; expired ones do not count. */
export interface KeyCounts {
  /** That end within {@link EXPIRY_NOTICE_MS}. */
  readonly expiring: number;
  /** That were not used for {@link UNUSED_AFTER_MS}. */
  readonly unused: number;
}
