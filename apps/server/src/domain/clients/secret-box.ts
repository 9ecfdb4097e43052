import type { TotpParameters } from '@kanda/otp';
import type { AccountDataKey, WrappedDataKey } from '../master-keys/wrapped-keys.ts';

/**
 * What a sealed secret is bound to: in any other place it does not open, nor with fewer digits, a longer period or
 * another algorithm beside it.
 */
export interface SealedPlace {
  readonly accountId: number;
  readonly clientId: string;
  readonly authenticatorId: number;
  readonly secretVersion: number;
  readonly parameters: TotpParameters;
}

/** What a kept answer is bound to. */
export interface AnswerPlace {
  /** The digest of its Idempotency-Key. */
  readonly key: Uint8Array;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** Seals what the store must not be able to read. All of it is synchronous, as it runs inside transactions. */
export interface SecretBox {
  /**
   * A fresh data key for the account with the public id `accountPublicId`, wrapped by the master key with the id
   * `masterKeyId`, or by the current one. Throws when that master key is not at hand.
   */
  createDataKey(accountPublicId: string, masterKeyId?: string): WrappedDataKey;
  seal(dataKey: AccountDataKey, place: SealedPlace, secret: Uint8Array): Uint8Array;
  /**
   * A MAC of a secret with its algorithm and period, under a key of the account: the same for the same secret, and
   * without the key it says nothing about it.
   */
  fingerprint(dataKey: AccountDataKey, parameters: TotpParameters, secret: Uint8Array): Uint8Array;
  /** Throws a `secret_unreadable` fault when `sealed` was not sealed for exactly this place. */
  open(dataKey: AccountDataKey, place: SealedPlace, sealed: Uint8Array): Uint8Array;
  sealWebhookSecret(dataKey: AccountDataKey, webhookId: string, secret: Uint8Array): Uint8Array;
  /** Throws a `secret_unreadable` fault when `sealed` was not sealed for this account and webhook. */
  openWebhookSecret(dataKey: AccountDataKey, webhookId: string, sealed: Uint8Array): Uint8Array;
  sealAnswer(dataKey: AccountDataKey, place: AnswerPlace, answer: Uint8Array): Uint8Array;
  /** Throws a `secret_unreadable` fault when `sealed` was not sealed for this account and place. */
  openAnswer(dataKey: AccountDataKey, place: AnswerPlace, sealed: Uint8Array): Uint8Array;
}

/** A stored authenticator, still sealed. */
export interface SealedAuthenticator extends SealedPlace {
  readonly dataKey: AccountDataKey;
  readonly sealed: Uint8Array;
}
