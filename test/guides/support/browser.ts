/** A user of the applications of the guides: a browser with its cookies, and a phone with its authenticator app. */
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, stepAt, stepStart, totp } from '@kanda/otp';
import { expect } from 'vitest';
import type { Guide } from './application.ts';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the walk looks at answers field by field, and expect() checks each.
  readonly body: any;
}

export const ALICE = { email: 'alice@example.com', password: 'only an example' };

/** Keeps its cookies, and asks for the key of each form and sends a CSRF token, as a page would. */
export class Browser {
  readonly #url: string;
  readonly #speaksSnake: boolean;
  readonly #cookies = new Map<string, string>();
  /** The hidden field of the page that shows the QR code. */
  authenticatorId = '';

  constructor(url: string, { language }: Pick<Guide, 'language'>) {
    this.#url = url;
    this.#speaksSnake = language === 'py';
  }

  /** The cookies as they are sent. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The id of the user who has signed up. */
  async signUp(): Promise<string> {
    const { status, body } = await this.call('POST', '/sign-up', ALICE);
    expect({ status, body }).toMatchObject({ status: 200, body: { id: expect.any(String), next: 'done' } });
    return body.id;
  }

  async logIn(): Promise<string> {
    return (await this.call('POST', '/login', ALICE)).body.next;
  }

  account(): Promise<Reply> {
    return this.call('GET', '/account');
  }

  /** The key of a page that is about to be shown. */
  async page(): Promise<string> {
    const { status, body } = await this.call('GET', '/two-factor/page');
    expect({ status, body }).toMatchObject({ status: 200, body: { page: expect.any(String) } });
    return body.page;
  }

  /** Sends a form of a new page, or of the given one; DELETE turns it off. */
  async send(path: string, fields: object = {}, page?: string): Promise<Reply> {
    const form = { ...fields, page: page ?? (await this.page()) };
    return this.call(path === '' ? 'DELETE' : 'POST', `/two-factor${path}`, form);
  }

  challenge(token: string, page?: string): Promise<Reply> {
    return this.send('/challenge', { token }, page);
  }

  turnOff(page?: string): Promise<Reply> {
    return this.send('', {}, page);
  }

  /** Opens the page with the QR code. */
  async enrol(fields: object = {}, page?: string): Promise<Phone> {
    const { status, body } = await this.send('/enrol', fields, page);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/),
        authenticatorId: expect.stringMatching(/^aut_/),
      },
    });
    this.authenticatorId = body.authenticatorId;
    return new Phone(body.secret);
  }

  /** Sends the first code from the page that `enrol` opened. */
  confirm(token: string, page?: string): Promise<Reply> {
    return this.send('/confirm', { token, authenticatorId: this.authenticatorId }, page);
  }

  async recoveryCodes(page?: string): Promise<string[]> {
    const { status, body } = await this.send('/recovery-codes', {}, page);
    expect({ status, body }).toMatchObject({ status: 200, body: { codes: expect.any(Array) } });
    return body.codes;
  }

  /** Another window of the same browser. */
  tab(): Browser {
    const tab = new Browser(this.#url, { language: this.#speaksSnake ? 'py' : '' });
    for (const [name, value] of this.#cookies) tab.#cookies.set(name, value);
    tab.authenticatorId = this.authenticatorId;
    return tab;
  }

  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    // A form is sent from a page.
    if (method !== 'GET' && this.#cookies.size === 0) await this.account();
    const token = this.#cookies.get('csrftoken');
    const res = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { 'x-csrftoken': token }),
      },
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(this.#speaksSnake ? named(body, toSnake) : body) }),
    });
    for (const cookie of res.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await res.text();
    let said: unknown;
    try {
      said = JSON.parse(text);
    } catch {
      throw new Error(`${method} ${path} answered ${res.status}, and not with JSON: ${text.slice(0, 500)}`);
    }
    return { status: res.status, body: this.#speaksSnake ? named(said, toCamel) : said };
  }
}

const toSnake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const toCamel = (name: string) =>
  name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** The same with other names of its fields: a program in Python has those of its language. */
function named(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => named(one, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [rename(name), named(one, rename)]));
}

/** An authenticator app: never the same code twice, and never one that is about to end. */
export class Phone {
  readonly secret: string;
  last = '';
  #step = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  /** The code of the present step, or of the one after the last that was asked for. */
  next(): string {
    this.#step = Math.max(stepAt(Date.now(), DEFAULT_PARAMETERS.period), this.#step + 1);
    this.last = codeOf(this.secret, stepStart(this.#step, DEFAULT_PARAMETERS.period));
    return this.last;
  }
}

export function codeOf(secret: string, timeMs = Date.now()): string {
  return totp(createHotpKey(decodeBase32(secret), 'SHA1'), timeMs, DEFAULT_PARAMETERS);
}
