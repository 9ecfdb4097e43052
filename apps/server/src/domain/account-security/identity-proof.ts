import { Fault } from '../errors.ts';
import type { EventType } from '../events.ts';
import type { Passwords, Store } from '../ports.ts';
import type { Account } from '../records.ts';
import type { Secret } from '../secret.ts';
import type { OwnAuthenticator, OwnChange } from './ports.ts';
import type { SecondFactor, SecondFactors } from './second-factor.ts';

/** What an account shows again before it may change how it is protected. */
export interface Proof {
  readonly password: Secret<string>;
  readonly secondFactor: SecondFactor | null;
}

/**
 * Asks who is there once more: a token alone, as it may lie in a forgotten tab, must not be enough to take
 * an account over.
 */
export class IdentityProofs {
  readonly #store: Pick<Store, 'findAccountByEmail' | 'findOwnAuthenticator' | 'recordEvent'>;
  readonly #passwords: Passwords;
  readonly #secondFactors: SecondFactors;

  constructor(
    store: Pick<Store, 'findAccountByEmail' | 'findOwnAuthenticator' | 'recordEvent'>,
    passwords: Passwords,
    secondFactors: SecondFactors,
  ) {
    this.#store = store;
    this.#passwords = passwords;
    this.#secondFactors = secondFactors;
  }

  /**
   * Gives the account's authenticator. A refusal is recorded as a failure of `purpose`.
   * Faults: credentials_invalid, totp_required, totp_invalid, totp_locked, recovery_code_invalid.
   */
  async prove(
    account: Account,
    { password, secondFactor }: Proof,
    purpose: EventType,
    change: OwnChange,
  ): Promise<OwnAuthenticator | null> {
    try {
      const found = await this.#store.findAccountByEmail(account.email);
      if (found === null || !(await this.#passwords.verify(found.passwordHash, password))) {
        throw new Fault('credentials_invalid', "That isn't the account's current password.");
      }
      const authenticator = await this.#store.findOwnAuthenticator(account.id);
      await this.#secondFactors.check(account, authenticator, secondFactor, change);
      return authenticator;
    } catch (error) {
      await this.recordRefusal(account.id, error, purpose, change);
      throw error;
    }
  }

  /** Records what a caller is refused for; nothing when it is not the caller's doing. */
  async recordRefusal(accountId: number, error: unknown, purpose: EventType, change: OwnChange): Promise<void> {
    if (!(error instanceof Fault) || error.code === 'store_unavailable' || error.code === 'rate_limited') return;
    const { at, origin } = change;
    await this.#store.recordEvent(accountId, {
      event: purpose,
      outcome: 'failure',
      reason: error.code,
      clientId: null,
      at,
      origin,
    });
  }
}
