import type { Change } from '../change.ts';
import { Fault } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { Verdict } from '../verdicts/decide.ts';
import { type Account, INSTALLATION_ACCOUNT } from './account.ts';
import { recoveryCodeInvalid, totpInvalid, totpLocked, totpRequired } from './security-faults.ts';
import type { OwnAuthenticator, RecoveryCodes } from './security-ports.ts';

/** What the user typed besides the password. */
export type SecondFactor =
  | { readonly kind: 'totp'; readonly code: Secret<string> }
  | { readonly kind: 'recovery code'; readonly code: Secret<string> };

/**
 * Checks the second factor of accounts. An account's own authenticator is a client of the installation's
 * account, under the account's public id: its codes are judged by the same transaction as everybody else's,
 * with the same watermark and the same lockout.
 */
export class SecondFactors {
  readonly #store: Pick<Store, 'validate' | 'useRecoveryCode'>;
  readonly #recoveryCodes: RecoveryCodes;

  constructor(store: Pick<Store, 'validate' | 'useRecoveryCode'>, recoveryCodes: RecoveryCodes) {
    this.#store = store;
    this.#recoveryCodes = recoveryCodes;
  }

  /**
   * Returns when the account has no authenticator in use, or `typed` is right; then it is used up.
   * Faults: totp_required, totp_invalid, totp_locked, recovery_code_invalid.
   */
  async check(
    account: Pick<Account, 'id' | 'publicId'>,
    authenticator: OwnAuthenticator | null,
    typed: SecondFactor | null,
    change: Change,
  ): Promise<void> {
    if (authenticator === null || !authenticator.active) return;
    if (typed === null) throw totpRequired();
    if (typed.kind === 'totp') {
      await this.checkTotp(account, typed.code, change);
      return;
    }
    const mac = this.#recoveryCodes.mac(account.publicId, typed.code);
    if (mac === null || !(await this.#store.useRecoveryCode(account.id, mac, change))) {
      throw recoveryCodeInvalid();
    }
  }

  /** Judges a code of the account's authenticator, pending or not. Faults: totp_invalid, totp_locked. */
  async checkTotp(
    account: Pick<Account, 'publicId'>,
    code: Secret<string>,
    { origin }: Change,
  ): Promise<void> {
    let verdict: Verdict;
    try {
      verdict = await this.#store.validate({
        accountId: INSTALLATION_ACCOUNT,
        clientId: account.publicId,
        code: code.reveal(),
        origin,
      });
    } catch (error) {
      // It was removed since it was looked up.
      if (error instanceof Fault && ['account_not_found', 'client_not_found'].includes(error.code)) {
        throw totpInvalid();
      }
      throw error;
    }
    if (verdict.valid) return;
    throw verdict.reason === 'locked' ? totpLocked(verdict.retryAfter) : totpInvalid();
  }
}
