import type { Account, Mode } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Secret } from '../secret.ts';
import type { ApiKey, ApiKeyCredential, KeyCounts } from './api-key.ts';
import type { KeyUse } from './key-use.ts';
import type { Scope } from './scopes.ts';

export interface NewApiKey {
  readonly id: string;
  readonly accountId: number;
  readonly name: string;
  readonly scopes: ApiKey['scopes'];
  readonly mac: Uint8Array;
  readonly expiresAt: number | null;
  /** How many the account may have; null: any number. */
  readonly mostKeys?: number | null;
}

export interface KeyStore {
  /** Faults: key_quota_exceeded. */
  createApiKey(key: NewApiKey, change: Change): Promise<ApiKey>;
  /** null also for a key of an account that is disabled. */
  findApiKey(id: string): Promise<ApiKeyCredential | null>;
  /** Whose key it is, also of an account that is disabled: for a key that leaked, to revoke it. */
  findKeyHolder(id: string): Promise<Account | null>;
  /** Faults: key_not_found. */
  readApiKey(accountId: number, id: string): Promise<ApiKey>;
  /** What the key did on the days from the one of `first` (ms) on, as far as it is counted, oldest first. */
  readKeyUse(accountId: number, id: string, first: number): Promise<readonly KeyUse[]>;
  /** How many keys of all accounts need a look at `now` (ms, by the server's clock). */
  countKeys(now: number): Promise<KeyCounts>;
  listApiKeys(accountId: number, page: PageRequest): Promise<Page<ApiKey>>;
  /** Faults: key_not_found. */
  revokeApiKey(accountId: number, id: string, change: Change): Promise<void>;
  /** Notes that a key was used just now; `at` is ms. Best effort, not an event. */
  touchApiKey(accountId: number, id: string, at: number): Promise<void>;
}

/** For whom a token speaks, and how much it may do. */
export interface TokenClaims {
  readonly accountPublicId: string;
  /** The session or key that the token depends on: it ends when that ends. */
  readonly holder: SessionHolder | KeyHolder;
  readonly scopes: readonly Scope[];
}

/** A log-in. */
export interface SessionHolder {
  readonly sessionId: string;
}

/** An API key that was exchanged for the token, at a time when the account had this `credentialVersion`. */
export interface KeyHolder {
  readonly keyId: string;
  readonly credentialVersion: number;
}

/** What a verified token says. Whether its key and account are still valid is for the caller to look up. */
export interface VerifiedToken extends TokenClaims {
  /** ms since the epoch. */
  readonly issuedAt: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

export interface TokenIssuer {
  /** `expiresIn` is in seconds. */
  issue(claims: TokenClaims, now: number): Promise<{ token: string; expiresIn: number }>;
  /** Faults: token_expired, token_invalid. */
  verify(token: string, now: number): Promise<VerifiedToken>;
}

/**
 * An API key as its owner holds it: `kan_<id>_<secret><checksum>`, `kan_test_…` for one of a test half. Only `id` may be
 * shown. What a key may do follows from the account that the store has for it, never from how it is written.
 */
export interface ApiKeyText {
  readonly id: string;
  readonly text: Secret<string>;
}

export interface ApiKeyTexts {
  create(mode: Mode): ApiKeyText & { readonly mac: Uint8Array };
  /** null when the text has not the shape of a key or its checksum is wrong. */
  parse(text: string): ApiKeyText | null;
  /** Compares in constant time. */
  matches(key: ApiKeyText, mac: Uint8Array): boolean;
}
