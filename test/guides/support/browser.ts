/** A user of the applications of the guides: a browser with its cookie, and a phone with its authenticator app. */
import { randomUUID } from 'node:crypto';
import { createHotpKey, DEFAULT_PARAMETERS, decodeBase32, stepAt, stepStart, totp } from '@kanda/otp';
import { expect } from 'vitest';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the walk looks at answers field by field, and expect() checks each.
  readonly body: any;
}

/** Keeps the cookies that it was given, and sends a CSRF token as a page would. */
export class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();
  /** The hidden field of the page that shows the QR code. */
  #authenticatorId = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** The id of the user who has signed up. */
  async signUp(): Promise<string> {
    const form = { email: 'alice@example.com', password: 'only an example' };
    const { status, body } = await this.post('/sign-up', form);
    expect({ status, body }).toMatchObject({ status: 200, body: { id: expect.any(String), next: 'done' } });
    return body.id;
  }

  /** The cookies as they are sent. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async logIn(): Promise<unknown> {
    const { body } = await this.post('/login', { email: 'alice@example.com', password: 'only an example' });
    return body;
  }

  account(): Promise<Reply> {
    return this.call('GET', '/account');
  }

  /** Sends a form; `page` is its hidden field, another one for each page that is shown. */
  post(path: string, body: object = {}, page: string = randomUUID()): Promise<Reply> {
    return this.call('POST', path, { page, ...body });
  }

  /** Opens the page with the QR code; `code` when two-factor login is on already. */
  async begin(code?: string): Promise<Phone> {
    const { status, body } = await this.post('/two-factor', code === undefined ? {} : { code });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/),
        authenticatorId: expect.stringMatching(/^aut_/),
      },
    });
    this.#authenticatorId = body.authenticatorId;
    return new Phone(body.secret);
  }

  /** Sends the first code from the page that `begin` opened. */
  confirm(code: string, page: string = randomUUID()): Promise<Reply> {
    return this.post('/two-factor/confirm', { authenticatorId: this.#authenticatorId, code }, page);
  }

  /** Another window of the same browser: the same cookie, another page with the QR code. */
  tab(): Browser {
    const tab = new Browser(this.#url);
    for (const [name, value] of this.#cookies) tab.#cookies.set(name, value);
    tab.#authenticatorId = this.#authenticatorId;
    return tab;
  }

  /** What the person sees who types this code at the log-in and is refused. */
  async say(code = ''): Promise<string> {
    const { status, body } = await this.post('/login/code', { code });
    expect(status).toBe(401);
    return body.message;
  }

  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    // A form is sent from a page.
    if (method !== 'GET' && this.#cookies.size === 0) await this.account();
    const token = this.#cookies.get('csrftoken');
    const res = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        'content-type': 'application/json',
        ...(token === undefined ? {} : { 'x-csrftoken': token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const cookie of res.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return { status: res.status, body: await res.json() };
  }
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
