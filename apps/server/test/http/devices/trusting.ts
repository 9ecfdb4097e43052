/** An application, a client whose account trusts devices, and the gestures of tests with them. */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import {
  type Answer,
  type Call,
  codeAt,
  MINUTE,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

export const DEVICE_TOKEN = /^kdt_[a-z2-7]{16}_[a-z2-7]{71}$/;
export const DEVICE_UNKNOWN = { valid: false, reason: 'device_unknown' };

export interface Trusted {
  readonly deviceToken: string;
  readonly deviceId: string;
  readonly expiresAt: string;
}

/** One application for the tests of a file; each test has a client of its own. */
export class Trusting {
  kanda!: TestApp;
  account!: TestAccount;
  /** With a key, as an application has it: no log-in lasts for a month. */
  call!: Call;
  clientId = '';
  secret = '';
  #clients = 0;

  static use(): Trusting {
    const trusting = new Trusting();
    beforeAll(() => trusting.#start());
    beforeEach(() => trusting.#enrol());
    afterAll(() => trusting.kanda.close());
    return trusting;
  }

  async #start(): Promise<void> {
    this.kanda = await startApp();
    this.account = await this.kanda.signUp();
    const scopes = ['totp:write', 'totp:validate', 'totp:read', 'logs:read', 'keys:write'];
    ({ call: this.call } = await this.account.createKey({ scopes }));
  }

  async #enrol(): Promise<void> {
    this.kanda.setClock(START);
    await this.call('PUT', '/api/policy', { trustedDevices: true });
    const { clientId, secret } = await this.account.enrol(`client-${++this.#clients}`);
    Object.assign(this, { clientId, secret });
  }

  get url(): string {
    return `/api/totp/clients/${this.clientId}/devices`;
  }

  get code(): string {
    return codeAt(this.secret, this.kanda.now());
  }

  validate(fields: object, more = {}): Promise<Answer> {
    return this.call('POST', '/api/totp/validate', { clientId: this.clientId, ...fields }, more);
  }

  async verdict(fields: object) {
    const answer = await this.validate(fields);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  }

  /** Trusts a browser by the next code. */
  async trust(trustDevice: object = { label: 'Firefox on Linux' }): Promise<Trusted> {
    this.kanda.advance(MINUTE);
    const answer = await this.verdict({ token: this.code, trustDevice });
    expect(answer.valid, JSON.stringify(answer)).toBe(true);
    return answer;
  }

  async list() {
    return (await this.call('GET', this.url)).json<{ data: unknown[] }>().data;
  }

  async events() {
    const { data } = (await this.call('GET', `/api/logs?clientId=${this.clientId}`)).json<{
      data: Record<string, unknown>[];
    }>();
    return data;
  }
}
