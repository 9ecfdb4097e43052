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
