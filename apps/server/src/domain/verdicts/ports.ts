import type { Change } from '../change.ts';
import type { SealedAuthenticator } from '../clients/secret-box.ts';
import type { IdempotentChange } from '../idempotency/idempotency.ts';
import type { Origin } from '../log/events.ts';
import type { AuthenticatorKey, Verdict } from './decide.ts';
import type { Policy, PolicySettings } from './policy.ts';

/** One code that a user typed. `code` is as typed: 6 or 8 ASCII digits. */
export interface Attempt {
  readonly accountId: number;
  readonly clientId: string;
  readonly code: string;
  readonly origin: Origin;
  /** Whether the verdict says which authenticator showed an accepted code. */
  readonly details?: boolean;
  /** Whether the verdict on an accepted code says where the log has it. */
  readonly numbered?: boolean;
  /** Absent: its caller sent no Idempotency-Key. */
  readonly idempotency?: IdempotentChange | undefined;
}

/** Judges codes by an account's policy. */
export interface VerdictStore {
  /** Judges a code in a transaction under its row's lock. Faults: client_not_found, totp_code_malformed, secret_unreadable.
   * Throws `AlreadyAnswered` when it was judged before; faults then: idempotency_key_reused. */
  validate(attempt: Attempt): Promise<Verdict>;
  /** Faults: account_not_found. */
  findPolicy(accountId: number): Promise<Policy>;
  /** Replaces the account's settings; attempts on every node are judged by them from here on. Faults: account_not_found. */
  setPolicy(accountId: number, settings: PolicySettings, change: Change): Promise<Policy>;
}

/**
 * Remembers opened keys, bounded. Only what cannot change is remembered: a key of a given secret version, which is
 * drawn at random and so never another secret's, whatever became of the transaction or the database that gave it.
 * The version is read anew in every transaction.
 */
export interface AuthenticatorKeys {
  remembered(accountId: number, authenticatorId: number, secretVersion: number): AuthenticatorKey | undefined;
  /** Throws a `secret_unreadable` fault when the ciphertext was not sealed for this place. */
  open(sealed: SealedAuthenticator): AuthenticatorKey;
}
