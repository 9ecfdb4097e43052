import { DEFAULT_PARAMETERS, encodeBase32, formatOtpauthUri } from '@kanda/otp';
import type { Change } from '../change.ts';
import { DISPLAY_NAME_PATTERN } from '../clients/names.ts';
import { Fault } from '../errors.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { Bearers } from '../keys/bearers.ts';
import type { RandomBytes } from '../randomness.ts';
import { type FreshCodes, freshCodes } from '../recovery-codes/fresh-codes.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { Account } from './account.ts';
import { normalizeEmail } from './accounts.ts';
import type { IdentityProofs, Proof } from './identity-proof.ts';
import type { SecondFactors } from './second-factor.ts';
import { twoFactorOff, twoFactorOn } from './security-faults.ts';
import type { OwnChange, RecoveryCodes } from './security-ports.ts';

/** What is shown once, and never again. */
export interface StartedAuthenticator {
  readonly secret: Secret<string>;
  readonly otpauthUrl: Secret<string>;
}

type TwoFactorStore = Pick<
  Store,
  | 'activateTwoFactor'
  | 'disableTwoFactor'
  | 'findAccountByEmail'
  | 'findOwnAuthenticator'
  | 'replaceRecoveryCodes'
  | 'startTwoFactor'
>;

export interface TwoFactorParts {
  readonly store: TwoFactorStore;
  readonly bearers: Bearers;
  readonly proofs: IdentityProofs;
  readonly secondFactors: SecondFactors;
  readonly recoveryCodes: RecoveryCodes;
  readonly randomBytes: RandomBytes;
}

const ISSUER = 'Kanda';
/** 160 bits, as for everybody else (enrolment.ts). */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** Longer names make a QR code that is hard to scan. */
const MAX_LABEL_LENGTH = 64;
const LABEL = new RegExp(DISPLAY_NAME_PATTERN, 'u');

/** Two-factor login of accounts: Kanda protects its own log-in with what it sells. */
export class TwoFactor {
  readonly #store: TwoFactorStore;
  readonly #bearers: Bearers;
  readonly #proofs: IdentityProofs;
  readonly #secondFactors: SecondFactors;
  readonly #recoveryCodes: RecoveryCodes;
  readonly #randomBytes: RandomBytes;

  constructor({ store, bearers, proofs, secondFactors, recoveryCodes, randomBytes }: TwoFactorParts) {
    this.#store = store;
    this.#bearers = bearers;
    this.#proofs = proofs;
    this.#secondFactors = secondFactors;
    this.#recoveryCodes = recoveryCodes;
    this.#randomBytes = randomBytes;
  }

  /** Makes an authenticator, which no log-in asks for until `confirm`. Faults: of the proof; two_factor_on. */
  async start(account: Account, password: Secret<string>, change: OwnChange): Promise<StartedAuthenticator> {
    const purpose = 'account.two_factor_started';
    await this.#proofs.recordingRefusals(purpose, change, async () => {
      // First, as otherwise the proof would ask for the second factor.
      if ((await this.#store.findOwnAuthenticator(account.id))?.active === true) throw twoFactorOn();
    });
    await this.#proofs.prove(account, { password, secondFactor: null }, purpose, change);
    const label = labelOf(account);
    const secret = this.#randomBytes(SECRET_BYTES);
    const started = {
      secret: new Secret(encodeBase32(secret)),
      otpauthUrl: new Secret(
        formatOtpauthUri({ type: 'totp', issuer: ISSUER, label, secret, ...DEFAULT_PARAMETERS }),
      ),
    };
    await this.#store.startTwoFactor(
      { accountPublicId: account.publicId, label, issuer: ISSUER, secret },
      withResult(change, () => started),
    );
    return started;
  }

  /**
   * The first right code puts the authenticator into use. Gives the recovery codes, which are shown here and
   * never again. Faults: two_factor_off, two_factor_on, totp_invalid, totp_locked.
   */
  async confirm(
    account: Account,
    code: Secret<string>,
    change: OwnChange,
  ): Promise<readonly Secret<string>[]> {
    const number = await this.#proofs.recordingRefusals('account.two_factor_enabled', change, async () => {
      const authenticator = await this.#store.findOwnAuthenticator(account.id);
      if (authenticator === null) {
        throw twoFactorOff('There is no authenticator to confirm. Start with POST /api/auth/two-factor.');
      }
      if (authenticator.active) throw twoFactorOn();
      await this.#secondFactors.checkTotp(account, code, change);
      return authenticator.number;
    });
    const { codes, macs } = this.#freshCodes(account);
    const shown = withResult(change, () => codes);
    await this.#store.activateTwoFactor(number, macs, shown);
    this.#bearers.forgetAccount(account.id);
    return codes;
  }

  /** Faults: of the proof; two_factor_off. */
  async disable(account: Account, proof: Proof, change: OwnChange): Promise<void> {
    await this.#proofs.prove(account, proof, 'account.two_factor_disabled', change);
    await this.#store.disableTwoFactor(account, change);
  }

  /** For an owner who has lost phone and codes, by the operator. Faults: account_not_found, two_factor_off. */
  async disableFor(email: string, change: Change): Promise<Account> {
    const address = normalizeEmail(email);
    const account = await this.#store.findAccountByEmail(address);
    if (account === null) {
      throw new Fault('account_not_found', `There is no account with the address ${address}.`);
    }
    await this.#store.disableTwoFactor(account, change);
    return account;
  }

  /** New recovery codes in the place of all earlier ones. Faults: of the proof; two_factor_off. */
  async replaceRecoveryCodes(
    account: Account,
    proof: Proof,
    change: OwnChange,
  ): Promise<readonly Secret<string>[]> {
    await this.#proofs.prove(account, proof, 'account.recovery_codes_replaced', change);
    const { codes, macs } = this.#freshCodes(account);
    const shown = withResult(change, () => codes);
    await this.#store.replaceRecoveryCodes(macs, shown);
    return codes;
  }

  #freshCodes({ publicId }: Account): FreshCodes {
    return freshCodes(
      RECOVERY_CODES,
      () => this.#recoveryCodes.create(),
      (code) => this.#recoveryCodes.mac(publicId, code),
    );
  }
}

/** The address, unless a phone could not show it. */
function labelOf({ email, publicId }: Account): string {
  return email.length <= MAX_LABEL_LENGTH && LABEL.test(email) ? email : publicId;
}
