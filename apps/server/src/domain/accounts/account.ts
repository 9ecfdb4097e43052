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
}

export interface AccountWithPassword extends Account {
  readonly passwordHash: string;
}
