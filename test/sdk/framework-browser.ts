/** A browser of the applications with the SDK's framework parts. */

/** What the applications answer, as far as it is read here: each call has some of these fields. */
interface Answer {
  readonly cookie: string;
  readonly page: string;
  readonly secret: string;
  readonly authenticatorId: string;
  readonly qrDataUrl: string;
  readonly codes: readonly string[];
}

export class Browser {
  readonly #url: string;
  cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  async ask(method: 'GET' | 'POST', path: string, body?: unknown) {
    const response = await fetch(this.#url + path, {
      method,
      redirect: 'manual',
      headers: { cookie: this.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
  }

  async logIn(clientId: string): Promise<this> {
    this.cookie = (await this.ask('POST', '/login', { clientId })).body.cookie;
    return this;
  }

  /** Sends a form of a new page, or of the given one. */
  async send(path: string, fields: object, page?: string) {
    const key = page ?? (await this.ask('GET', '/two-factor/page')).body.page;
    return { ...(await this.ask('POST', `/two-factor${path}`, { ...fields, page: key })), page: String(key) };
  }

  /** Sends a form as a page of another site can, without asking: as text, or as bytes of no type. */
  async sendForeign(path: string, fields: object, type?: string) {
    const response = await fetch(`${this.#url}/two-factor${path}`, {
      method: 'POST',
      headers: { cookie: this.cookie, ...(type === undefined ? {} : { 'content-type': type }) },
      body: new TextEncoder().encode(JSON.stringify(fields)),
    });
    return { status: response.status, text: await response.text() };
  }

  async status(path: string): Promise<number> {
    const isPost = path === '/transfer';
    return (await this.ask(isPost ? 'POST' : 'GET', path, isPost ? { amount: 7 } : undefined)).status;
  }
}
