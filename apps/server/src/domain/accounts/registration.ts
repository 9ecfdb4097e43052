import { Fault } from '../errors.ts';
import type { AccountStore } from './ports.ts';

/** Who may sign up: anyone, anyone as long as there is no account, or no one. */
export type RegistrationMode = 'open' | 'until the first account' | 'closed';

/** Whether sign-ups are taken. */
export class Registration {
  readonly mode: RegistrationMode;
  /** Whether the first account is the operator's own, as far as is known. */
  readonly firstIsOperator: boolean;
  readonly #store: Pick<AccountStore, 'hasHadAccount'>;
  /** Also one that was deleted counts, so there is one for good. */
  #hasAccount = false;

  /** @param firstIsOperator false where strangers may sign up first */
  constructor(mode: RegistrationMode, store: Pick<AccountStore, 'hasHadAccount'>, firstIsOperator: boolean) {
    this.mode = mode;
    this.firstIsOperator = firstIsOperator;
    this.#store = store;
  }

  async isOpen(): Promise<boolean> {
    if (this.mode !== 'until the first account') return this.mode === 'open';
    if (!this.#hasAccount) this.#hasAccount = await this.#store.hasHadAccount();
    return !this.#hasAccount;
  }

  /** Spares the work of a sign-up that the store would refuse. Faults: registration_closed. */
  async assertOpen(): Promise<void> {
    if (!(await this.isOpen())) throw registrationClosed(this.mode);
  }
}

/** The refusal of a sign-up. */
export function registrationClosed(mode: RegistrationMode): Fault {
  const detail =
    mode === 'until the first account'
      ? 'This server has its first account, and others than its own machine may reach it, so it takes no more sign-ups. ' +
        'Its operator can make an account with "kanda account create", or set KANDA_REGISTRATION=open.'
      : 'This server takes no new accounts. Ask its operator for one.';
  return new Fault('registration_closed', detail);
}
