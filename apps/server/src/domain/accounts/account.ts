/**
 * The installation's own log, kept under an account number that no account has: what concerns no account, such
 * as a log-in with an unknown e-mail address, is recorded there. So a known and an unknown address cost the same.
 * The authenticators with which accounts protect themselves are its clients (domain/accounts/second-factor.ts).
 */
export const INSTALLATION_ACCOUNT = 0;

/** Its public id. No token names it, and no account can have it. */
export const INSTALLATION_PUBLIC_ID = 'installation';

/** A tenant. `id` is the store's own number, `publicId` the one that the API shows (`acc_…`). */
export interface Account {
  readonly id: number;
  readonly publicId: string;
  readonly email: string;
  readonly createdAt: number;
  /** Grows with each new password: tokens issued for API keys before it stop working. */
  readonly credentialVersion: number;
  /** Since when (ms) no one can log in to it and its keys are refused; absent: they can. */
  readonly disabledAt?: number;
  /** When (ms) it was deleted; only its log is left. Absent: it is there. */
  readonly deletedAt?: number;
  /** Whether it may see facts about the installation; absent: it may not. */
  readonly operator?: true;
  /** Absent: a live account. */
  readonly test?: TestHalf;
}

/**
 * What makes an account the test half of another one. It has clients, keys, a log and a policy of its own, so that what
 * keeps accounts apart keeps the halves apart. No one can log in to it.
 */
export interface TestHalf {
  /** The `id` of the account that it is the half of. */
  readonly liveId: number;
  /** ms by which its clock is ahead of the server's; it only grows. */
  readonly offsetMs: number;
}

/** The halves of an account, as the API names them. */
export const MODES = ['live', 'test'] as const;

export type Mode = (typeof MODES)[number];

export function modeOf({ test }: Pick<Account, 'test'>): Mode {
  return test === undefined ? 'live' : 'test';
}

/** The time in an account when the server's clock shows `now`; both in ms since the epoch. */
export function timeIn({ test }: Pick<Account, 'test'>, now: number): number {
  return test === undefined ? now : now + test.offsetMs;
}

export interface AccountWithPassword extends Account {
  readonly passwordHash: string;
}
