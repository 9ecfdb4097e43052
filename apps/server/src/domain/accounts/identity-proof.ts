import { Fault, type FaultCode } from '../errors.ts';
import { widestNetwork } from '../limits/networks.ts';
import type { EventType } from '../log/events.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { Account } from './account.ts';
import type { Passwords } from './ports.ts';
import type { SecondFactor, SecondFactors } from './second-factor.ts';
import type { OwnChange } from './security-ports.ts';

/** The store could not, or too many passwords are being checked. */
const NOBODYS_DOING: readonly FaultCode[] = ['store_unavailable', 'rate_limited'];

/** What an account shows again before it may change how it is protected. */
export interface Proof {
  readonly password: Secret<string>;
  readonly secondFactor: SecondFactor | null;
}

/**
 * Authenticates the user again: a token alone, for example from a forgotten tab, must not be enough to take over an
 * account.
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
   * A refusal is recorded as a failure of `purpose`.
   * Faults: credentials_invalid, totp_required, totp_invalid, totp_locked, recovery_code_invalid.
   */
  prove(
    account: Account,
    { password, secondFactor }: Proof,
    purpose: EventType,
    change: OwnChange,
  ): Promise<void> {
    return this.recordingRefusals(purpose, change, async () => {
      const found = await this.#store.findAccountByEmail(account.email);
      const caller = widestNetwork(change.origin.ip);
      if (found === null || !(await this.#passwords.verify(found.passwordHash, password, caller))) {
        throw new Fault('credentials_invalid', "That isn't the account's current password.");
      }
      const authenticator = await this.#store.findOwnAuthenticator(account.id);
      await this.#secondFactors.check(account, authenticator, secondFactor, change);
    });
  }

  /** Does `work`, and records what its caller is refused for; nothing when it is not the caller's doing. */
  async recordingRefusals<T>(
    purpose: EventType,
    { accountId, at, origin }: OwnChange,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Fault && !NOBODYS_DOING.includes(error.code)) {
        const failure = { event: purpose, outcome: 'failure', reason: error.code, clientId: null } as const;
        await this.#store.recordEvent(accountId, { ...failure, at, origin });
      }
      throw error;
    }
  }
}
