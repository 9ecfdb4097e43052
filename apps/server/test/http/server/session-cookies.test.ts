/** Log-ins of browsers: the token in a cookie that no script can read, and that counts only for our own pages. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  expectProblem,
  HOUR,
  PASSWORD,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

type Headers = Readonly<Record<string, string>>;

/** A Kanda and one account of it, seen from a browser that reaches it under `host`. */
class Browser {
  readonly kanda: TestApp;
  readonly account: TestAccount;
  readonly #headers: Headers;
  /** Of the proxy in between; null: another one for each request, so that no limit is in the way. */
  readonly #address: string | null;

  constructor(kanda: TestApp, account: TestAccount, headers: Headers, address: string | null) {
    this.kanda = kanda;
    this.account = account;
    this.#headers = headers;
    this.#address = address;
  }

  logIn(more: Headers = {}, body: object = {}): Promise<Answer> {
    const { email } = this.account;
    const wanted = { email, password: PASSWORD, session: 'cookie', ...body };
    return this.call('POST', '/api/auth/login', more, wanted);
  }

  /** The `name=value` that a log-in has set. */
  async cookie(): Promise<string> {
    const answer = await this.logIn();
    expect(answer.statusCode, answer.body).toBe(200);
    return String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
  }

  call(method: 'GET' | 'POST' | 'DELETE', url: string, more: Headers = {}, body?: object): Promise<Answer> {
    return this.kanda.call(method, url, body, {
      headers: { ...this.#headers, ...more },
      remoteAddress: this.#address ?? this.kanda.freshAddress(),
    });
  }
}

const PROXY = '192.0.2.1';
const opened: TestApp[] = [];

async function browserOn(
  headers: Headers,
  options: Parameters<typeof startApp>[0] = {},
  address: string | null = null,
): Promise<Browser> {
  const kanda = await startApp(options);
  opened.push(kanda);
  return new Browser(kanda, await kanda.signUp(), headers, address);
}

let local: Browser;
beforeAll(async () => {
  local = await browserOn({ host: 'localhost:3000', origin: 'http://localhost:3000' });
});
afterAll(async () => {
  for (const kanda of opened) await kanda.close();
});

const nameOf = (answer: Answer) => /^[^=]+/.exec(String(answer.headers['set-cookie']))?.[0];
const me = (browser: Browser, more: Headers) => browser.call('GET', '/api/auth/me', more);

describe('a log-in with session "cookie"', () => {
  test('answers without the token, which goes into a cookie that no script reads and no other site sends', async () => {
    const answer = await local.logIn();
    expect(answer.json()).toEqual({
      session: 'cookie',
      expiresIn: '1h',
      expiresInSeconds: 3600,
      expiresAt: new Date(local.kanda.now() + HOUR).toISOString(),
    });
    expect(answer.headers['set-cookie']).toMatch(
      /^kanda_session=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('without session, or with "token", the token is in the answer', async () => {
    for (const session of [undefined, 'token']) {
      const answer = await local.logIn({}, { session });
      const life = { expiresIn: '1h', expiresInSeconds: 3600 };
      expect(answer.json()).toEqual({ session: 'token', token: expect.any(String), ...life });
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
    expectProblem(await local.logIn({}, { session: 'both' }), 400, 'body_invalid');
  });

  test('a wrong password sets no cookie', async () => {
    const answer = await local.logIn({}, { password: 'not the right sentence' });
    expectProblem(answer, 401, 'credentials_invalid');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  test.each(['localhost', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST:3000'])(
    'over plain HTTP it works on %s',
    async (host) => {
      const answer = await local.logIn({ host, origin: `http://${host}` });
      expect(nameOf(answer), answer.body).toBe('kanda_session');
    },
  );

  test.each([
    'kanda.example.com',
    '192.168.1.5:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example:3000',
    'localhost:3000@evil.example',
    'evil.example/localhost',
    '[::2]',
    'localhost.',
  ])('over plain HTTP on "%s" it is refused, before the password is looked at', async (host) => {
    const headers = { host, origin: `http://${host}` };
    expectProblem(await local.logIn(headers, { password: 'x' }), 403, 'https_required');
  });

  test('of another site is refused: no one is logged in to an account that is not theirs', async () => {
    for (const more of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expectProblem(await local.logIn(more), 403, 'cross_site_request');
    }
  });
});

describe('over HTTPS', () => {
  test('that a trusted proxy ends, the cookie is __Host- and Secure', async () => {
    const browser = await browserOn(
      { host: 'kanda.example.com', origin: 'https://kanda.example.com', 'x-forwarded-proto': 'https' },
      { trustedProxies: [PROXY] },
      PROXY,
    );
    const answer = await browser.logIn();
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-kanda_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
    expect((await me(browser, { cookie })).statusCode).toBe(200);
    // The name without the prefix is one that other hosts of the domain could have set.
    const plain = cookie.replace('__Host-', '');
    expectProblem(await me(browser, { cookie: plain }), 401, 'credentials_missing');
    const lower = cookie.replace('__Host-', '__host-');
    expectProblem(await me(browser, { cookie: lower }), 401, 'credentials_missing');
    // Plain HTTP is another origin, though the host is the same.
    const downgraded = { cookie, origin: 'http://kanda.example.com' };
    expectProblem(await browser.call('POST', '/api/auth/logout', downgraded), 403, 'cross_site_request');
  });

  test('that a proxy ends whom no one trusts, the log-in says what to set', async () => {
    const browser = await browserOn({ host: 'kanda.example.com', 'x-forwarded-proto': 'https' });
    const { detail } = expectProblem(await browser.logIn(), 403, 'https_required');
    expect(detail).toContain('KANDA_TRUSTED_PROXIES');
    expect(detail).toContain('KANDA_PUBLIC_URL');
  });

  test('KANDA_PUBLIC_URL alone is enough, also when the proxy asks for another host', async () => {
    const browser = await browserOn(
      { host: '127.0.0.1:3000', origin: 'https://kanda.example.com' },
      { publicUrl: 'https://kanda.example.com' },
    );
    const answer = await browser.logIn();
    expect(nameOf(answer)).toBe('__Host-kanda_session');
    const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
    expect((await browser.call('POST', '/api/auth/logout', { cookie })).statusCode).toBe(204);
    const rebound = { cookie, host: 'evil.example:3000', origin: 'http://evil.example:3000' };
    expectProblem(await browser.call('POST', '/api/auth/logout', rebound), 403, 'cross_site_request');
  });
});

describe('a session cookie', () => {
  test('speaks for the log-in, like its token', async () => {
    const cookie = await local.cookie();
    const answer = await me(local, { cookie: `theme=dark; ${cookie}; other=1` });
    expect(answer.json()).toMatchObject({ email: local.account.email });
    const sessions = await local.call('GET', '/api/auth/sessions', { cookie });
    expect(sessions.json().data[0]).toMatchObject({ current: true });
  });

  test('counts only where no Authorization header is', async () => {
    const cookie = await local.cookie();
    for (const authorization of ['Bearer x', 'Basic abc', '']) {
      expect((await me(local, { cookie, authorization })).statusCode).toBe(401);
    }
  });

  test('that comes twice is refused, whichever of the two is good', async () => {
    const cookie = await local.cookie();
    for (const both of [`${cookie}; kanda_session=x`, `kanda_session=x; ${cookie}`, `${cookie};${cookie}`]) {
      expectProblem(await me(local, { cookie: both }), 401, 'token_invalid');
    }
  });

  test.each([
    ['of another port of this machine', { origin: 'http://localhost:8080' }],
    ['of another name of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['of another scheme', { origin: 'https://localhost:3000' }],
    ['of a sandbox', { origin: 'null' }],
    ['of nothing', { origin: '' }],
    ['that looks like ours', { origin: 'http://localhost:3000.evil.example' }],
    ['with a user in it', { origin: 'http://localhost:3000@evil.example' }],
    ['with a path in it', { origin: 'http://localhost:3000/evil' }],
    ['two of them', { origin: 'http://localhost:3000, http://evil.example' }],
    ['of another port, as the browser says', { 'sec-fetch-site': 'same-site' }],
    ['of another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['typed by someone, as the browser says', { 'sec-fetch-site': 'none' }],
  ])('does not count for a change that comes from a page %s', async (_name, more) => {
    const cookie = await local.cookie();
    const before = (await me(local, { cookie })).json();
    const body = { name: 'a key' };
    const answer = await local.call('POST', '/api/keys', { cookie, ...more }, body);
    expectProblem(answer, 403, 'cross_site_request');
    expect((await me(local, { cookie })).json()).toEqual(before);
  });

  test('does not count for a look by another site either', async () => {
    const cookie = await local.cookie();
    for (const more of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      expectProblem(await me(local, { cookie, ...more }), 403, 'cross_site_request');
    }
    for (const site of ['same-origin', 'none']) {
      expect((await me(local, { cookie, 'sec-fetch-site': site })).statusCode).toBe(200);
    }
  });

  test('counts for our own pages, however their origin is written', async () => {
    const cookie = await local.cookie();
    const ways = [
      { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' },
      { origin: 'http://LOCALHOST:3000' },
      { host: 'LocalHost:3000' },
      { host: 'localhost:80', origin: 'http://localhost' },
      { host: '[::1]:3000', origin: 'http://[::1]:3000' },
    ];
    for (const more of ways) {
      const answer = await local.call('POST', '/api/keys', { cookie, ...more }, { name: 'a key' });
      expect(answer.statusCode, answer.body).toBe(201);
    }
  });

  test('is unknown under a name that someone else pointed at this machine', async () => {
    const cookie = await local.cookie();
    const more = { cookie, host: 'evil.example:3000', origin: 'http://evil.example:3000' };
    expectProblem(await local.call('POST', '/api/keys', more, { name: 'x' }), 401, 'credentials_missing');
  });

  test('ends with its log-in, and is taken back', async () => {
    const cookie = await local.cookie();
    const answer = await local.call('POST', '/api/auth/logout', { cookie });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['set-cookie']).toBe('kanda_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0');
    expectProblem(await me(local, { cookie }), 401, 'token_invalid');
  });

  test('a log-out with a token sets no cookie', async () => {
    const { token } = (await local.logIn({}, { session: 'token' })).json<{ token: string }>();
    const authorization = `Bearer ${token}`;
    const answer = await local.call('POST', '/api/auth/logout', { authorization });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  test('its token is in no answer', async () => {
    const cookie = await local.cookie();
    const token = cookie.slice(cookie.indexOf('=') + 1);
    for (const path of ['/api/auth/me', '/api/auth/sessions', '/api/logs', '/api/keys', '/nothing']) {
      const answer = await local.call('GET', path, { cookie });
      expect(JSON.stringify([answer.headers, answer.body])).not.toContain(token);
    }
  });
});
