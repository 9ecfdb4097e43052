import type { Change } from '../change.ts';
import type { Secret } from '../secret.ts';
import type { LoggedAttempt } from '../verdicts/decide.ts';
import type { RecoveryCodeRefusal } from './judge-code.ts';

/** Makes recovery codes of clients, and reads what a person typed. */
export interface ClientRecoveryCodeTexts {
  create(): Secret<string>;
  /** The MAC by which the store finds a code of this client; null: what was typed cannot be a code. */
  mac(accountPublicId: string, clientId: string, typed: Secret<string>): Uint8Array | null;
}

/** How many recovery codes a client has; never a code. */
export interface RecoveryCodeSet {
  /** How many are not used yet. */
  readonly remaining: number;
  /** How often codes were made for this client; 0: never. */
  readonly generation: number;
  /** ms since the epoch; null: there are none, or they were deleted. */
  readonly createdAt: number | null;
}

/** One recovery code that a person typed. */
export interface RecoveryAttempt {
  readonly accountId: number;
  readonly clientId: string;
  /** null: what was typed cannot be a recovery code. It is judged like a wrong one. */
  readonly mac: Uint8Array | null;
  /** Whether the verdict on an accepted code says where the log has it. */
  readonly numbered?: boolean;
}

/** What the caller sees. */
export type RecoveryCodeVerdict =
  | {
      readonly valid: true;
      /** How many codes are left after this one. */
      readonly remaining: number;
      /** Its event, when that was asked for. */
      readonly event?: LoggedAttempt;
    }
  | RecoveryCodeRefusal;

/** The recovery codes of an account's clients. */
export interface RecoveryCodeStore {
  /** Replaces all codes by these; returns their generation. Ends a delay after wrong ones. Faults: client_not_found. */
  createClientRecoveryCodes(
    accountId: number,
    clientId: string,
    macs: readonly Uint8Array[],
    change: Change,
  ): Promise<number>;
  /** null: no such client, or one that was not confirmed before `now` (ms). */
  findClientRecoveryCodes(accountId: number, clientId: string, now: number): Promise<RecoveryCodeSet | null>;
  /** Faults: client_not_found. */
  deleteClientRecoveryCodes(accountId: number, clientId: string, change: Change): Promise<void>;
  /**
   * Judges a code, uses it up and writes its event in one transaction, under the account's lock. An accepted one ends
   * the delay or lock that wrong codes of the authenticator have led to. Faults: client_not_found, secret_unreadable.
   */
  useClientRecoveryCode(attempt: RecoveryAttempt, change: Change): Promise<RecoveryCodeVerdict>;
}
