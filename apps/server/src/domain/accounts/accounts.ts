import type { Change } from '../change.ts';
import { Fault, type FaultCode } from '../errors.ts';
import type { Bearers } from '../keys/bearers.ts';
import type { TokenIssuer } from '../keys/ports.ts';
import { SCOPES } from '../keys/scopes.ts';
import { widestNetwork } from '../limits/networks.ts';
import type { NewEvent } from '../log/events.ts';
import type { RandomBytes } from '../randomness.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { type Account, type AccountWithPassword, INSTALLATION_ACCOUNT } from './account.ts';
import type { IdentityProofs, Proof } from './identity-proof.ts';
import { assertPassword } from './password-rules.ts';
import type { NewAccount, Passwords } from './ports.ts';
import type { Registration } from './registration.ts';
import type { SecondFactor, SecondFactors } from './second-factor.ts';
import type { OwnChange } from './security-ports.ts';

export { INSTALLATION_ACCOUNT } from './account.ts';

export interface Credentials {
  readonly email: string;
  readonly password: Secret<string>;
}

/** A bearer as it is handed out. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

type AccountsStore = Pick<
  Store,
  | 'changePassword'
  | 'createAccount'
  | 'createSession'
  | 'findAccountByEmail'
  | 'findOwnAuthenticator'
  | 'recordEvent'
  | 'setPassword'
>;

export interface AccountsParts {
  readonly store: AccountsStore;
  readonly passwords: Passwords;
  readonly tokens: TokenIssuer;
  readonly bearers: Bearers;
  readonly secondFactors: SecondFactors;
  readonly proofs: IdentityProofs;
  readonly registration: Registration;
  readonly randomBytes: RandomBytes;
}

const ID_BYTES = 15;

/** Refusals of a log-in that are its caller's doing, and so are recorded. */
const LOGIN_FAULTS: readonly FaultCode[] = [
  'credentials_invalid',
  'totp_invalid',
  'totp_locked',
  'recovery_code_invalid',
  'secret_unreadable',
];

/** Sign-up, log-in and passwords. */
export class Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /** A sign-up. Faults: registration_closed, and those of `create`. */
  async register(credentials: Credentials, change: Change): Promise<Account> {
    const { registration } = this.#parts;
    await registration.assertOpen();
    const onlyAsFirst = registration.mode === 'until the first account';
    return this.#create(credentials, change, { onlyAsFirst, ownsIfFirst: registration.firstIsOperator });
  }

  /** An account that the operator makes, also where registration is closed. Faults: password_too_short, password_too_common, email_taken. */
  create(credentials: Credentials, change: Change): Promise<Account> {
    return this.#create(credentials, change, { ownsIfFirst: true });
  }

  async #create(
    { email, password }: Credentials,
    change: Change,
    first: Pick<NewAccount, 'onlyAsFirst' | 'ownsIfFirst'>,
  ): Promise<Account> {
    const { store, passwords } = this.#parts;
    const address = normalizeEmail(email);
    await assertPassword(passwords.isGuessable, password, address);
    return store.createAccount({
      ...first,
      publicId: this.#freshId('acc'),
      email: address,
      passwordHash: await passwords.hash(password, callerOf(change)),
      at: change.at,
      origin: change.origin,
    });
  }

  /**
   * Every log-in is recorded, the failed one too. The right password alone of an account with a second factor is no
   * failure: every log-in of a person begins with it, and the event says that the code was asked for. Whether there is a
   * second factor shows only to those who know the password. Faults: credentials_invalid, totp_required, totp_invalid, totp_locked, recovery_code_invalid.
   */
  async logIn(
    { email, password }: Credentials,
    secondFactor: SecondFactor | null,
    change: Change,
  ): Promise<IssuedToken> {
    const account = await this.#parts.store.findAccountByEmail(normalizeEmail(email));
    let isDisabled = false;
    try {
      const known = await this.#authenticated(account, password, callerOf(change));
      isDisabled = known.disabledAt !== undefined;
      if (isDisabled) throw accountDisabled();
      return await this.#beginSession(known, secondFactor, change);
    } catch (error) {
      const code = error instanceof Fault ? error.code : null;
      if (code === 'totp_required') {
        await this.#record(
          account,
          { event: 'account.code_requested', outcome: 'success', reason: null },
          change,
        );
      } else if (code !== null && LOGIN_FAULTS.includes(code)) {
        const reason = isDisabled ? 'account_disabled' : code;
        await this.#record(account, { event: 'account.login', outcome: 'failure', reason }, change);
      }
      throw error;
    }
  }

  /**
   * The session that asks goes on; every other one ends, and every token that an API key was traded for. The
   * keys themselves go on. Faults: of the proof; password_too_short, password_too_common.
   */
  async changePassword(
    account: Account,
    proof: Proof,
    next: Secret<string>,
    change: OwnChange,
  ): Promise<void> {
    const { store, passwords, proofs, bearers } = this.#parts;
    await assertPassword(passwords.isGuessable, next, account.email, '/newPassword');
    await proofs.prove(account, proof, 'account.password_changed', change);
    await store.changePassword(await passwords.hash(next, callerOf(change)), change);
    bearers.forgetAccount(account.id);
  }

  /** Ends every bearer of the account but its API keys. Faults: account_not_found, password_too_short, password_too_common. */
  async resetPassword({ email, password }: Credentials, change: Change): Promise<Account> {
    const { store, passwords, bearers } = this.#parts;
    const address = normalizeEmail(email);
    await assertPassword(passwords.isGuessable, password, address);
    const account = await store.findAccountByEmail(address);
    if (account === null)
      throw new Fault('account_not_found', `There is no account with the address ${address}.`);
    const changed = await store.setPassword(
      account.id,
      await passwords.hash(password, callerOf(change)),
      change,
    );
    bearers.forgetAccount(account.id);
    return changed;
  }

  /** The account whose password this is. Costs the same for an unknown address. */
  async #authenticated(
    account: AccountWithPassword | null,
    password: Secret<string>,
    caller: string,
  ): Promise<AccountWithPassword> {
    const { passwords } = this.#parts;
    const right =
      account === null
        ? await passwords.verifyAgainstNothing(password, caller)
        : await passwords.verify(account.passwordHash, password, caller);
    if (account === null || !right) {
      throw new Fault('credentials_invalid', "That e-mail and password don't match.");
    }
    return account;
  }

  async #beginSession(
    account: AccountWithPassword,
    secondFactor: SecondFactor | null,
    change: Change,
  ): Promise<IssuedToken> {
    const { store, tokens, secondFactors } = this.#parts;
    const authenticator = await store.findOwnAuthenticator(account.id);
    await secondFactors.check(account, authenticator, secondFactor, change);
    const sessionId = this.#freshId('ses');
    const { token, expiresIn } = await tokens.issue(
      { accountPublicId: account.publicId, holder: { sessionId }, scopes: SCOPES },
      change.at,
    );
    await store.createSession(
      { id: sessionId, accountId: account.id, expiresAt: change.at + expiresIn * 1000 },
      {
        passwordHash: account.passwordHash,
        authenticator: authenticator?.active === true ? authenticator.number : null,
      },
      { ...change, origin: { ...change.origin, actor: `account:${account.publicId}` } },
    );
    return { token, expiresInSeconds: expiresIn };
  }

  #record(
    account: Account | null,
    what: Pick<NewEvent, 'event' | 'outcome' | 'reason'>,
    { at, origin }: Change,
  ): Promise<void> {
    return this.#parts.store.recordEvent(account?.id ?? INSTALLATION_ACCOUNT, {
      ...what,
      clientId: null,
      at,
      origin: { ...origin, actor: 'anonymous' },
    });
  }

  #freshId(prefix: string): string {
    return `${prefix}_${Buffer.from(this.#parts.randomBytes(ID_BYTES)).toString('hex')}`;
  }
}

/** Only who knows the password learns this. */
function accountDisabled(): Fault {
  return new Fault(
    'credentials_invalid',
    'The operator of this server has disabled this account. Ask the operator to enable it.',
  );
}

/** Whose turn the hashing of a password takes. */
function callerOf({ origin }: Change): string {
  return widestNetwork(origin.ip);
}

/** One spelling for each address: the part before the @ is case-sensitive only on paper (RFC 5321 §2.4). */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
