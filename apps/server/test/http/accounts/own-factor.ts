/** An account that protects its own log-in, and the phone that goes with it. */
import { expect } from 'vitest';
import { MIN_FACTOR_AGE_MS } from '../../../src/domain/clients/secret-exports.ts';
import {
  type Answer,
  accountOf,
  type Call,
  codeAt,
  PASSWORD,
  SECOND,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

export class OwnFactor {
  readonly recoveryCodes: string[];
  readonly #kanda: TestApp;
  readonly #secret: string;

  private constructor(kanda: TestApp, secret: string, recoveryCodes: string[]) {
    this.#kanda = kanda;
    this.#secret = secret;
    this.recoveryCodes = recoveryCodes;
  }

  /** Turns two-factor login on from the account's first log-in. */
  static async turnOn(kanda: TestApp, account: Pick<TestAccount, 'call'>): Promise<OwnFactor> {
    const started = await startOn(kanda, account.call);
    expect(started.statusCode, started.body).toBe(201);
    const { secret } = started.json<{ secret: string }>();
    const confirmed = await account.call('POST', '/api/auth/two-factor/confirm', {
      totp: codeAt(secret, kanda.now()),
    });
    expect(confirmed.statusCode, confirmed.body).toBe(200);
    return new OwnFactor(kanda, secret, confirmed.json<{ recoveryCodes: string[] }>().recoveryCodes);
  }

  /**
   * An account whose second factor has been on for as long as an export of secrets asks for, by a log-in that has shown
   * it. The clock is set back for its beginning, and then to where it was and a step further.
   */
  static async longOn(kanda: TestApp): Promise<{ account: TestAccount; factor: OwnFactor }> {
    const now = kanda.now();
    kanda.setClock(now - MIN_FACTOR_AGE_MS);
    const account = await kanda.signUp();
    const factor = await OwnFactor.turnOn(kanda, account);
    kanda.setClock(now);
    return { account: await factor.logIn(account), factor };
  }

  /** The account by a new log-in, which shows this factor. */
  async logIn(account: TestAccount): Promise<TestAccount> {
    const answer = await logIn(this.#kanda, account.email, { totp: this.nextCode() });
    expect(answer.statusCode, answer.body).toBe(200);
    return accountOf(account, answer.json<{ token: string }>().token, account.as);
  }

  /** A code that was not used yet: time goes on by a step for it. */
  nextCode(): string {
    this.#kanda.advance(30 * SECOND);
    return codeAt(this.#secret, this.#kanda.now());
  }

  wrongCode(): string {
    return wrongCodeAt(this.#secret, this.#kanda.now());
  }
}

/** A call from an address of its own, so that no limit is in the way. */
export function startOn(kanda: TestApp, call: Call, password = PASSWORD): Promise<Answer> {
  return call('POST', '/api/auth/two-factor', { password }, { remoteAddress: kanda.freshAddress() });
}

export function logIn(kanda: TestApp, email: string, more: object = {}): Promise<Answer> {
  const body = { email, password: PASSWORD, ...more };
  return kanda.call('POST', '/api/auth/login', body, { remoteAddress: kanda.freshAddress() });
}
