import type { TotpParameters } from '@kanda/otp';
import type { Change } from '../change.ts';
import type { RefusalReason } from '../verdicts/decide.ts';
import type { Authenticator } from './authenticator.ts';
import type { Finding } from './diagnose.ts';
import type { ResyncRefusal } from './judge-resync.ts';

/** What a user gives to allow a change: a code, or the MAC of a recovery code (null: it cannot be one). */
export type Proof =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'recovery code'; readonly mac: Uint8Array | null };

/** An authenticator that a client is to get. */
export interface NewAuthenticator {
  readonly accountId: number;
  readonly clientId: string;
  readonly name: string | null;
  /** Of HOTP the period is 0. */
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** Whether the caller imported the secret. */
  readonly isImported: boolean;
  /** The highest step or counter that counts as used; -1: none. */
  readonly watermark: number;
  /** How many steps its clock is known to be ahead; absent: not known. */
  readonly drift?: number;
  /** Until when it can be confirmed, ms; null: its codes are accepted at once. */
  readonly pendingUntil: number | null;
  /** Which authenticator its confirmation removes: its number, or 0 for all others; null: none. */
  readonly replaces: number | null;
  /** Whether to make a new secret where a pending one like this would be shown again. */
  readonly fresh: boolean;
  /** Without a right one nothing is changed, and it is used up in the same transaction; absent: none is asked for. */
  readonly proof?: Proof;
  /** The number of the link that makes it; absent: none does. */
  readonly link?: number;
}

/** An authenticator with what its otpauth URL needs. */
export interface ShownAuthenticator {
  readonly authenticator: Authenticator;
  readonly label: string;
  readonly issuer: string;
  /** The new secret, or that of the pending authenticator that is shown again. */
  readonly secret: Uint8Array;
  /** False: it was pending already and is shown again. */
  readonly isNew: boolean;
}

export type Confirmation =
  | {
      readonly confirmed: true;
      readonly authenticator: number;
      /** Steps that its clock is ahead, when validations refuse codes that are so far off; absent: they accept them. */
      readonly clockOff?: number;
    }
  | {
      readonly confirmed: false;
      readonly reason: RefusalReason;
      /** How many wrong codes may still be sent; 0: all that the code was tried with are gone. */
      readonly attemptsLeft: number;
      /** Seconds, when the client is in a delay. */
      readonly retryAfter?: number;
    };

/** Names an authenticator of a client. */
export interface AuthenticatorName {
  readonly accountId: number;
  readonly clientId: string;
  readonly number: number;
}

/** Two consecutive codes of an authenticator, as typed. */
export interface Resync extends AuthenticatorName {
  readonly codes: readonly [string, string];
}

export type Resynced =
  | {
      readonly resynced: true;
      /** TOTP: the steps that its clock is ahead, which are followed from now on. */
      readonly drift?: number;
    }
  | {
      readonly resynced: false;
      readonly reason: ResyncRefusal;
      readonly retryAfter?: number;
      readonly drift?: number;
    };

/** A code that a user cannot log in with. */
export interface ToDiagnose {
  readonly accountId: number;
  readonly clientId: string;
  /** The authenticator that it is said to be of; null: any. */
  readonly number: number | null;
  readonly code: string;
}

/** What may be changed of an authenticator; what is absent stays. */
export interface AuthenticatorChanges {
  /** null: it has none any more. */
  readonly name?: string | null;
  /** Whether the drift that was followed is forgotten. */
  readonly resetDrift?: boolean;
}

/** The authenticators of clients. */
export interface AuthenticatorStore {
  /** Faults: client_not_found, authenticator_quota_exceeded, authenticator_odds, proof_invalid, secret_unreadable. */
  addAuthenticator(authenticator: NewAuthenticator, change: Change): Promise<ShownAuthenticator>;
  /**
   * Puts a pending authenticator into use by its first code, and removes what it replaces, in one commit.
   *
   * @param number null: any that waits; of several that show the code, the one that was made last
   * Faults: client_not_found, authenticator_not_found, totp_code_malformed, secret_unreadable.
   */
  confirmAuthenticator(
    name: Omit<AuthenticatorName, 'number'> & { readonly number: number | null; readonly code: string },
    change: Change,
  ): Promise<Confirmation>;
  /** Oldest first. Faults: client_not_found. */
  listAuthenticators(accountId: number, clientId: string, now: number): Promise<readonly Authenticator[]>;
  /** Each change is an event. Faults: client_not_found, authenticator_not_found. */
  updateAuthenticator(
    name: AuthenticatorName,
    changes: AuthenticatorChanges,
    change: Change,
  ): Promise<Authenticator>;
  /**
   * Finds an authenticator again whose clock or counter has left the window. Faults: client_not_found,
   * authenticator_not_found, drift_not_followed, totp_code_malformed, secret_unreadable.
   */
  resyncAuthenticator(resync: Resync, change: Change): Promise<Resynced>;
  /**
   * Says why a code is or is not accepted. It is neither accepted nor burnt, and counts as a failure. Faults:
   * client_not_found, authenticator_not_found, totp_code_malformed, secret_unreadable.
   */
  diagnoseClient(toDiagnose: ToDiagnose, change: Change): Promise<Finding>;
  /** A pending one is cancelled. Faults: client_not_found, authenticator_not_found, authenticator_last. */
  removeAuthenticator(name: AuthenticatorName, change: Change): Promise<void>;
  /** Removes what was not confirmed by `now` (ms), which only frees space: it is as if it were not there already. */
  expireAuthenticators(now: number): Promise<void>;
}
