import type { Algorithm, Digits } from '@kanda/otp';
import type { Scope } from './keys/scopes.ts';
import type { Lockout } from './verdicts/lockout.ts';

/**
 * The installation's own log, kept under an account number that nobody has: what concerns no account, such
 * as a log-in with an unknown e-mail address, is recorded there. So a known and an unknown address cost the same.
 * The authenticators with which accounts protect themselves are its clients (account-security/second-factor.ts).
 */
export const INSTALLATION_ACCOUNT = 0;

/** Its public id, which no token names and nobody can sign up as. */
export const INSTALLATION_PUBLIC_ID = 'installation';

/** Whoever signed up. `id` is the store's own number, `publicId` what the world sees (`acc_…`). */
export interface Account {
  readonly id: number;
  readonly publicId: string;
  readonly email: string;
  readonly createdAt: number;
  /** Grows with each new password: tokens that API keys were traded for before it stop working. */
  readonly credentialVersion: number;
}

export interface AccountWithPassword extends Account {
  readonly passwordHash: string;
}

/** An API key as the account sees it; its secret part is nowhere in it. Times are ms since the epoch. */
export interface ApiKey {
  /** The public part, which stands in the key's text. */
  readonly id: string;
  readonly accountId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** What a bearer is checked against: the key with its MAC, and whether its account still stands. */
export interface ApiKeyCredential extends ApiKey {
  readonly mac: Uint8Array;
  readonly account: Account;
}

/** `locked` covers a delay that is running as well as a lock that only `unlock` or `rotate` ends. */
export const CLIENT_STATUSES = ['active', 'locked', 'disabled'] as const;
export type ClientStatus = (typeof CLIENT_STATUSES)[number];

/** One end user of the account's application, with the facts of its authenticator; never the secret. */
export interface Client {
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly algorithm: Algorithm;
  readonly digits: Digits;
  readonly period: number;
  readonly disabled: boolean;
  readonly lockout: Lockout;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly lastAcceptedAt: number | null;
}
