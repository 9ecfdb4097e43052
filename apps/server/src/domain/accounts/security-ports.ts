import type { Change } from '../change.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Secret } from '../secret.ts';
import type { Account } from './account.ts';

/** One log-in: it lasts as long as its token. Times are ms since the epoch. */
export interface Session {
  /** `ses_…`; part of the token, and no secret. */
  readonly id: string;
  readonly createdAt: number;
  /** When its token was last used, to about a minute. */
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What the token of a log-in is checked against: a session that stands, and whose it is. */
export interface SessionCredential {
  readonly account: Account;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export interface NewSession {
  readonly id: string;
  readonly accountId: number;
  readonly expiresAt: number;
}

/** What a log-in was checked against. When that is no longer what stands, the log-in does not count. */
export interface CheckedCredentials {
  readonly passwordHash: string;
  /** The number of the authenticator that was asked for; null: the account had none in use. */
  readonly authenticator: number | null;
}

/** A change that an account makes from one of its own sessions, which must stand while the change commits. */
export interface OwnChange extends Change {
  readonly accountId: number;
  readonly sessionId: string;
}

/** The account's own authenticator. */
export interface OwnAuthenticator {
  /** Grows with each one that is started, so that one is never taken for another. */
  readonly number: number;
  /** False until its first code was confirmed; until then no log-in asks for it. */
  readonly active: boolean;
  /** When its first code was confirmed (ms); null: it is pending. */
  readonly confirmedAt: number | null;
  readonly recoveryCodesLeft: number;
}

/** A fresh authenticator, as it goes into the store; everything else about it is fixed. */
export interface NewOwnAuthenticator {
  readonly accountPublicId: string;
  readonly label: string;
  readonly issuer: string;
  readonly secret: Uint8Array;
}

/**
 * The part of the store that guards the accounts themselves. Every change records its event in its own
 * transaction. An `OwnChange` of a session that has ended meanwhile is refused with `token_invalid`.
 */
export interface AccountSecurityStore {
  /** Begins a session and records the log-in. Faults: credentials_invalid when `checked` no longer stands. */
  createSession(session: NewSession, checked: CheckedCredentials, change: Change): Promise<void>;
  /** A session that has neither ended nor, at `now` (ms), expired. */
  findSession(accountPublicId: string, id: string, now: number): Promise<SessionCredential | null>;
  /** Notes that a session was used just now. Best effort, not an event. */
  touchSession(accountPublicId: string, id: string, at: number): Promise<void>;
  /** Sessions that are open at `now` (ms), newest first. */
  listSessions(accountId: number, now: number, page: PageRequest): Promise<Page<Session>>;
  /** Ends one session of the account. Faults: session_not_found. */
  endSession(id: string, change: OwnChange): Promise<void>;
  /** Ends every session but the one that asks. */
  endOtherSessions(change: OwnChange): Promise<void>;

  /** Sets a password that the account itself chose: its session goes on, every other bearer ends. */
  changePassword(passwordHash: string, change: OwnChange): Promise<void>;

  findOwnAuthenticator(accountId: number): Promise<OwnAuthenticator | null>;
  /** Adds an authenticator that is pending, in the place of another pending one. Faults: two_factor_on. */
  startTwoFactor(authenticator: NewOwnAuthenticator, change: OwnChange): Promise<void>;
  /** Puts the pending authenticator with this number into use, and ends every other session. Faults: two_factor_off. */
  activateTwoFactor(
    number: number,
    recoveryCodeMacs: readonly Uint8Array[],
    change: OwnChange,
  ): Promise<void>;
  /** Removes authenticator and recovery codes. Faults: two_factor_off when there is none in use. */
  disableTwoFactor(account: Pick<Account, 'id' | 'publicId'>, change: Change | OwnChange): Promise<void>;
  /** Faults: two_factor_off. */
  replaceRecoveryCodes(macs: readonly Uint8Array[], change: OwnChange): Promise<void>;
  /** Takes a recovery code out of the store: true for one of several who try it at once, false for everybody else. */
  useRecoveryCode(accountId: number, mac: Uint8Array, change: Change): Promise<boolean>;
}

/** One-time codes for the day when the phone is gone. The store knows them by their MAC alone. */
export interface RecoveryCodes {
  create(): Secret<string>;
  /** The MAC of a code of this account as it was typed; null when it is malformed. */
  mac(accountPublicId: string, typed: Secret<string>): Uint8Array | null;
}
