import type { Change } from '../change.ts';
import type { Origin } from '../log/events.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Secret } from '../secret.ts';
import type { Account, AccountWithPassword } from './account.ts';

export interface NewAccount {
  readonly publicId: string;
  readonly email: string;
  readonly passwordHash: string;
  readonly at: number;
  readonly origin: Origin;
  /** Only if there is no account yet; absent: also beside others. */
  readonly onlyAsFirst?: boolean;
  /** Whether it may see the status of the installation if it is the first; the first of `onlyAsFirst` always may. */
  readonly ownsIfFirst?: boolean;
}

/** Accounts and their passwords. Sessions and two-factor login: `AccountSecurityStore`. */
export interface AccountStore {
  /** With a data key of its own, made in the same transaction. Faults: email_taken, registration_closed. */
  createAccount(account: NewAccount): Promise<Account>;
  findAccountByEmail(email: string): Promise<AccountWithPassword | null>;
  /** Also one that was deleted, whose log is there. */
  findAccountByPublicId(publicId: string): Promise<Account | null>;
  listAccounts(page: PageRequest): Promise<Page<Account>>;
  /** Whether there is or was an account, a deleted one included. */
  hasHadAccount(): Promise<boolean>;
  /** Ends every session and token of the account. Faults: account_not_found. */
  setPassword(accountId: number, passwordHash: string, change: Change): Promise<Account>;
  /**
   * Disabling ends every log-in and token, and refuses the keys until the account is enabled again; the same for its test
   * half. Faults: account_not_found.
   */
  setAccountDisabled(accountId: number, disabled: boolean, change: Change): Promise<Account>;
  /** Whether the account may see the status of the installation. Faults: account_not_found. */
  setOperator(accountId: number, operator: boolean, change: Change): Promise<Account>;
  /** Log-ins and keys go on. Faults: account_not_found, email_taken. */
  setEmail(accountId: number, email: string, change: Change): Promise<Account>;
  /**
   * Deletes an account with its test half: log-ins, keys and two-factor login in one transaction, clients a few in each
   * of the next. The log stays. Faults: account_not_found.
   */
  deleteAccount(accountId: number, change: Change): Promise<void>;
  /** Goes on with deletions that did not come to their end, `now` in ms. */
  finishDeletions(now: number): Promise<void>;
  /** How many accounts there are; for the message of a first start and for `doctor`. */
  countAccounts(): Promise<number>;
}

/** Hashes passwords off the main thread; callers take turns. Faults of those that hash: rate_limited. */
export interface Passwords {
  /**
   * Whether cracking programs try this password early.
   *
   * @param password in lower case and NFKC
   * @param ownWords in lower case: what an attacker knows of the owner
   */
  isGuessable(password: string, ownWords: readonly string[]): Promise<boolean>;
  hash(password: Secret<string>, caller: string): Promise<string>;
  verify(hash: string, password: Secret<string>, caller: string): Promise<boolean>;
  /** Costs what `verify` costs, so that an unknown e-mail address takes as long as a wrong password. */
  verifyAgainstNothing(password: Secret<string>, caller: string): Promise<false>;
}
