/**
 * What a link must not give away, and what must not act through one: leaks of its token, frames, forms of other sites,
 * guesses, open redirects, pictures that are programs.
 *
 * Seen to fail: with the path of a request in its line (observe-requests.ts) the token was in the log; without
 * `assertOwnForm` a form of another site began a link.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { codeAt, expectProblem, MINUTE, START, startApp, startAppWithAccount } from '../support/start-app.ts';
import { actionsOf, begin, makeLink, resultOn, secretOn, submit, typeCode } from './person.ts';

const { kanda, account } = await startAppWithAccount();
let clients = 0;
const fresh = () => `user-${++clients}`;
const enrolling = (more: object = {}) => makeLink(account, { clientId: fresh(), purpose: 'enrol', ...more });
beforeEach(() => kanda.setClock(START));

describe('the token of a link', () => {
  test('and its secret, codes and result are in no line that the server writes', async () => {
    const link = await enrolling();
    const page = await begin(kanda, link.path);
    const done = await typeCode(kanda, page);
    await kanda.app.inject({ method: 'GET', url: `${link.path}/nowhere` });
    await kanda.app.inject({ method: 'PUT', url: link.path });
    await kanda.app.inject({
      method: 'POST',
      url: `${link.path}/begin`,
      payload: '{}',
      headers: { 'content-type': 'application/json' },
    });
    const lines = JSON.stringify(kanda.logged);
    expect(lines).toContain('/l/:token/confirm');
    for (const secret of [link.path.slice(3), secretOn(page), resultOn(done)])
      expect(lines).not.toContain(secret);
    expect((await kanda.call('GET', '/metrics')).body).not.toContain(link.path.slice(3));
  });

  test('leaves no page by a referrer, a frame or a cache, and none by the answer to a path that is not there', async () => {
    const link = await enrolling();
    const started = await kanda.app.inject({ method: 'GET', url: link.path });
    const shown = await begin(kanda, link.path);
    for (const { headers } of [started, shown]) {
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/);
      expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe/);
      expect(headers['x-frame-options']).toBe('DENY');
    }
    for (const method of ['GET', 'POST'] as const) {
      const answer = await kanda.app.inject({ method, url: `${link.path}/nowhere` });
      expect(answer.statusCode).toBe(404);
      expect(answer.body).not.toContain(link.path.slice(3));
    }
  });

  test('that there is not leads to the same page whatever its shape, and to 429 after 300 of one address', async () => {
    const remoteAddress = '203.0.113.77';
    const ask = (token: string) => kanda.app.inject({ method: 'GET', url: `/l/${token}`, remoteAddress });
    const pages = await Promise.all(['a'.repeat(32), 'short', '%00', 'x'.repeat(500)].map(ask));
    expect(new Set(pages.map(({ statusCode }) => statusCode))).toEqual(new Set([404]));
    expect(new Set(pages.map(({ body }) => body)).size).toBe(1);
    for (let turn = 0; turn < 296; turn++) expect((await ask(`b${turn}`)).statusCode).toBe(404);
    const refused = await ask('c');
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8']);
    const link = await enrolling();
    expect((await kanda.app.inject({ method: 'GET', url: link.path })).statusCode).toBe(200);
  });
});

describe('a form', () => {
  test('of another site does nothing, by either header that browsers send', async () => {
    const link = await enrolling();
    for (const more of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': '', origin: 'https://evil.example' },
    ]) {
      const { 'sec-fetch-site': site, ...others } = more;
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        ...(site === '' ? others : more),
      };
      const answer = await kanda.app.inject({ method: 'POST', url: `${link.path}/begin`, headers });
      expect([answer.statusCode, answer.body.includes('class="key"')]).toEqual([403, false]);
    }
    // Of our own page: its policy has browsers send null.
    const headers = { origin: 'null' };
    const own = await kanda.app.inject({ method: 'POST', url: `${link.path}/begin`, headers });
    expect(own.statusCode).toBe(200);
  });

  test('with a field twice, with an empty one, and with JSON is answered as a page', async () => {
    const link = await enrolling();
    const [action = ''] = actionsOf(await begin(kanda, link.path));
    const twice = await kanda.app.inject({
      method: 'POST',
      url: action,
      payload: 'code=1&code=2',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([twice.statusCode, twice.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
    const none = await submit(kanda, action, { code: '' });
    expect([none.statusCode, none.body.includes('role="alert"')]).toEqual([200, true]);
    const json = await kanda.app.inject({ method: 'POST', url: action, payload: { code: '123456' } });
    expect([json.statusCode, json.headers['content-type']]).toEqual([415, 'text/html; charset=utf-8']);
  });

  test('is taken 200 times in a quarter of an hour for one link', async () => {
    const { clientId } = await account.enrol(fresh());
    const link = await makeLink(account, { clientId, purpose: 'challenge' });
    const statuses: number[] = [];
    for (let turn = 0; turn < 201; turn++)
      statuses.push((await submit(kanda, `${link.path}/begin`)).statusCode);
    expect([statuses.at(-2), statuses.at(-1)]).toEqual([200, 429]);
    kanda.advance(15 * MINUTE);
    expect((await submit(kanda, `${link.path}/begin`)).statusCode).toBe(200);
  });
});

describe('a support key', () => {
  test('makes, lists and cancels links, and reads no secret, sets no site and redeems nothing', async () => {
    const support = await account.createKey({ scopes: ['links:write'] });
    const { clientId } = await account.enrol(fresh());
    const made = await support.call('POST', '/api/totp/links', { clientId, purpose: 'replace' });
    expect(made.statusCode).toBe(201);
    expect(made.body).not.toMatch(/secret|otpauth/);
    for (const [method, url, body] of [
      ['PUT', '/api/hosted-pages', { returnOrigins: ['https://evil.example'] }],
      ['POST', '/api/totp/links/redeem', { result: 'x' }],
      ['POST', `/api/totp/rotate/${clientId}`, undefined],
    ] as const)
      expectProblem(await support.call(method, url, body), 403, 'scope_missing');
  });
});

describe('the settings of the pages', () => {
  const put = (body: object) => account.call('PUT', '/api/hosted-pages', body);
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex').toString('base64');

  test.each([
    ['an SVG', { logo: `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}` }],
    ['a picture of another type', { logo: `data:image/jpeg;base64,${png}` }],
    [
      'a picture that is too large',
      {
        logo: `data:image/png;base64,${Buffer.concat([Buffer.from(png, 'base64'), Buffer.alloc(65_536)]).toString('base64')}`,
      },
    ],
    ['a URL as a picture', { logo: 'https://evil.example/x.png' }],
    ['a colour on which text is hard to read', { accent: '#ffff00' }],
    ['an origin with a path', { returnOrigins: ['https://app.example.com/x'] }],
    ['an origin without TLS', { returnOrigins: ['http://app.example.com'] }],
    ['a scheme that is none of the web', { returnOrigins: ['javascript://app.example.com'] }],
    ['any origin', { returnOrigins: ['*'] }],
    ['null, which sandboxed pages have', { returnOrigins: ['null'] }],
  ])('refuse %s', async (_, body) => {
    expectProblem(await put(body), 400, 'body_invalid');
  });

  test('are shown as they were set, and on the page', async () => {
    const pages = {
      name: 'Übung & Söhne',
      accent: '#123456',
      logo: `data:image/png;base64,${png}`,
      returnOrigins: ['https://app.example.com', 'http://localhost:5173'],
    };
    expect((await put(pages)).json()).toEqual(pages);
    expect((await account.call('GET', '/api/hosted-pages')).json()).toEqual(pages);
    const { path } = await account
      .call('POST', '/api/totp/links', { clientId: fresh(), purpose: 'enrol', locale: 'de' })
      .then((made) => ({ path: new URL(made.json<{ url: string }>().url).pathname }));
    const page = await kanda.app.inject({ method: 'GET', url: path });
    expect(page.body).toContain('Übung &amp; Söhne');
    expect(page.body).toContain('lang="de"');
    expect(page.body).toContain(pages.logo);
  });
});

test('a link of a test half goes by the clock of that half, and its result is for test keys alone', async () => {
  const test = await account.createKey({
    mode: 'test',
    scopes: ['totp:write', 'totp:validate', 'keys:write'],
  });
  const link = await makeLink(test, { clientId: 'ada', purpose: 'enrol', ttl: 600 });
  await test.call('POST', '/api/test/clock', { advanceSeconds: 300 });
  const page = await begin(kanda, link.path);
  expect(page.headers['kanda-mode']).toBe('test');
  const code = codeAt(secretOn(page), kanda.now() + 300_000);
  const done = await submit(kanda, actionsOf(page)[0] ?? '', { code });
  const redeem = { result: resultOn(done) };
  expectProblem(await account.call('POST', '/api/totp/links/redeem', redeem), 404, 'link_result_unknown');
  expect((await test.call('POST', '/api/totp/links/redeem', redeem)).statusCode).toBe(200);
  const late = await makeLink(test, { clientId: 'bob', purpose: 'enrol', ttl: 600 });
  await test.call('POST', '/api/test/clock', { advanceSeconds: 600 });
  expect((await kanda.app.inject({ method: 'GET', url: late.path })).statusCode).toBe(410);
});

test('a page whose store is away says so, and that it is no fault of the person', async () => {
  const other = await startApp();
  const link = await makeLink(await other.signUp(), { clientId: 'ada', purpose: 'enrol' });
  await other.installation.store.close();
  const page = await other.app.inject({ method: 'GET', url: link.path });
  expect([page.statusCode, page.headers['content-type']]).toEqual([503, 'text/html; charset=utf-8']);
  expect(page.body).not.toContain(link.path.slice(3));
  await other.app.close();
});
