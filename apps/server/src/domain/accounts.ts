import { Fault } from './errors.ts';
import type { Origin } from './events.ts';
import { assertPassword } from './password-rules.ts';
import type { Change, Passwords, RandomBytes, SecretBox, Store, TokenIssuer } from './ports.ts';
import type { Account } from './records.ts';
import { SCOPES } from './scopes.ts';
import type { Secret } from './secret.ts';

export interface Credentials {
  readonly email: string;
  readonly password: Secret<string>;
}

/** A bearer as it is handed out. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/**
 * The installation's own log, kept under an account number that nobody has: what concerns no account, such
 * as a log-in with an unknown e-mail address, is recorded there. So a known and an unknown address cost the same.
 */
export const INSTALLATION_ACCOUNT = 0;

const ID_BYTES = 15;

/** Sign-up, log-in and passwords. */
export class Accounts {
  readonly #store: Store;
  readonly #box: SecretBox;
  readonly #passwords: Passwords;
  readonly #tokens: TokenIssuer;
  readonly #randomBytes: RandomBytes;

  constructor(
    store: Store,
    box: SecretBox,
    passwords: Passwords,
    tokens: TokenIssuer,
    randomBytes: RandomBytes,
  ) {
    this.#store = store;
    this.#box = box;
    this.#passwords = passwords;
    this.#tokens = tokens;
    this.#randomBytes = randomBytes;
  }

  /** Faults: password_too_short, password_too_common, email_taken. */
  async register({ email, password }: Credentials, change: Change): Promise<Account> {
    const address = normalizeEmail(email);
    assertPassword(password, address);
    const publicId = `acc_${Buffer.from(this.#randomBytes(ID_BYTES)).toString('hex')}`;
    return this.#store.createAccount({
      publicId,
      email: address,
      passwordHash: await this.#passwords.hash(password),
      dataKey: this.#box.createDataKey(publicId),
      at: change.at,
      origin: change.origin,
    });
  }

  /** Every log-in is recorded, the failed one too. Faults: credentials_invalid. */
  async logIn({ email, password }: Credentials, change: Change): Promise<IssuedToken> {
    const account = await this.#store.findAccountByEmail(normalizeEmail(email));
    const right =
      account === null
        ? await this.#passwords.verifyAgainstNothing(password)
        : await this.#passwords.verify(account.passwordHash, password);
    if (account === null || !right) {
      await this.#recordLogin(
        account,
        { ...change.origin, actor: 'anonymous' },
        change.at,
        'credentials_invalid',
      );
      throw new Fault('credentials_invalid', "That e-mail and password don't match.");
    }
    const { token, expiresIn } = await this.#tokens.issue(
      {
        accountPublicId: account.publicId,
        credentialVersion: account.credentialVersion,
        keyId: null,
        scopes: SCOPES,
      },
      change.at,
    );
    await this.#recordLogin(
      account,
      { ...change.origin, actor: `account:${account.publicId}` },
      change.at,
      null,
    );
    return { token, expiresInSeconds: expiresIn };
  }

  /** Ends every bearer of the account. Faults: account_not_found, password_too_short, password_too_common. */
  async resetPassword({ email, password }: Credentials, change: Change): Promise<Account> {
    const address = normalizeEmail(email);
    assertPassword(password, address);
    const account = await this.#store.findAccountByEmail(address);
    if (account === null)
      throw new Fault('account_not_found', `There is no account with the address ${address}.`);
    return this.#store.setPassword(account.id, await this.#passwords.hash(password), change);
  }

  #recordLogin(account: Account | null, origin: Origin, at: number, reason: string | null): Promise<void> {
    return this.#store.recordEvent(account?.id ?? INSTALLATION_ACCOUNT, {
      event: 'account.login',
      outcome: reason === null ? 'success' : 'failure',
      reason,
      clientId: null,
      at,
      origin,
    });
  }
}

/** One spelling for each address: the part before the @ is case-sensitive only on paper (RFC 5321 §2.4). */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
