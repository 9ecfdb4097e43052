/** Every refusal is a problem document (RFC 9457) that helps its reader and gives nothing away. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULT_CODES } from '../../../src/domain/errors.ts';
import { PROBLEMS } from '../../../src/http/server/problems.ts';
import { operations } from '../support/documented.ts';
import { openRaw, type RawAnswer, request } from '../support/raw-request.ts';
import {
  codeAt,
  expectProblem,
  PASSWORD,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;
let send: (request: string | Buffer) => Promise<RawAnswer>;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
  send = await openRaw(kanda);
});
afterAll(() => kanda.close());

describe('a problem', () => {
  test('has type, title, status, detail, code and requestId', async () => {
    const answer = await account.call('GET', '/api/totp/clients/unknown');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.json()).toEqual({
      type: '/docs/errors/client_not_found',
      title: 'No such user',
      status: 404,
      detail: 'No user with this clientId is enrolled in your account.',
      code: 'client_not_found',
      requestId: expect.stringMatching(/^req_test_[0-9a-z]+$/),
    });
  });

  test('has a requestId of its own, which the operator’s log has too', async () => {
    const ids = [];
    for (let count = 0; count < 5; count++) {
      ids.push((await account.call('GET', '/api/totp/clients/unknown')).json().requestId);
    }
    expect(new Set(ids).size).toBe(5);
    expect(kanda.logged.map(({ fields }) => (fields as { requestId?: string }).requestId)).toEqual(
      expect.arrayContaining(ids),
    );
  });

  test.each(FAULT_CODES)('of the type %s has a page at its address on this server', async (code) => {
    const page = await kanda.call('GET', `/docs/errors/${code}`);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.body).toContain(`# ${code}`);
    expect(page.body).toContain(String(PROBLEMS[code].status));
  });

  test('names its page under the public URL where there is one', async () => {
    const known = await startApp({ publicUrl: 'https://kanda.example.com' });
    const { type } = (await known.call('GET', '/nothing')).json();
    await known.close();
    expect(type).toBe('https://kanda.example.com/docs/errors/route_not_found');
  });
});

describe('a path or a method that is not there', () => {
  test.each([
    '/nothing',
    '/api',
    '/api/',
    '/api/totp',
    '/api/auth/login/',
    '/favicon.ico',
    '/.env',
    '/healthz/',
  ])('%s is 404 route_not_found, by any method', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'] as const) {
      expectProblem(await kanda.call(method, path), 404, 'route_not_found');
    }
  });

  test.each(['/api/auth/login/', '/healthz/', '/api/totp/register//', '/api/totp/clients/a/unlock/?x=1'])(
    '%s: that the slash at the end is too much',
    async (path) => {
      const { detail } = expectProblem(await account.call('POST', path), 404, 'route_not_found');
      expect(detail).toBe('There is nothing at this path. Remove the trailing slash.');
    },
  );

  test.each(['/nothing/', '/api/', '//', '/api/auth/logi/'])('%s: nothing of a slash', async (path) => {
    const { detail } = expectProblem(await account.call('POST', path), 404, 'route_not_found');
    expect(detail).toBe('There is nothing at this path. /openapi.json lists what there is.');
  });

  const paths = [...new Set(operations.map(({ path }) => path))];

  test.each(paths)('%s answers 405 with its methods in Allow to any other method', async (path) => {
    const url = path.replace(/\{\w+\}/, 'aaaa');
    // Nor to one that only a path with a parameter has, such as DELETE for /api/totp/links/redeem.
    const known = operations.filter((one) => one.path === path).map(({ method }) => method);
    const allowed = [...new Set(known.includes('GET') ? [...known, 'HEAD'] : known)];
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const) {
      if (allowed.includes(method)) continue;
      const answer = await account.call(method, url);
      expect([answer.statusCode, answer.headers.allow], method).toEqual([405, allowed.sort().join(', ')]);
      if (method !== 'HEAD') expectProblem(answer, 405, 'method_not_allowed');
    }
  });

  test('is reported before anything of the body is looked at', async () => {
    const body = ['not json', { headers: { 'content-type': 'text/plain' } }] as const;
    expectProblem(await kanda.call('POST', '/nothing', ...body), 404, 'route_not_found');
    expectProblem(await kanda.call('PUT', '/api/auth/login', ...body), 405, 'method_not_allowed');
  });
});

describe('HEAD', () => {
  const looks = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
  // Of what has no end (log-streams.test.ts), only HEAD can be waited for.
  test.each(looks.filter(({ path }) => path !== '/api/logs/stream'))(
    'of $path is GET without the body',
    async ({ path }) => {
      const got = await account.call('GET', path);
      const head = await account.call('HEAD', path);
      expect([head.statusCode, head.body]).toEqual([got.statusCode, '']);
      expect(head.headers['content-type']).toBe(got.headers['content-type']);
    },
  );

  test('needs the bearer that GET needs', async () => {
    expect((await kanda.call('HEAD', '/api/totp/clients')).statusCode).toBe(401);
  });
});

describe('bytes that are no HTTP request', () => {
  test.each<[string, string | Buffer]>([
    ['garbage', 'GARBAGE\r\n\r\n'],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ['HTTP/9.9', 'GET / HTTP/9.9\r\nHost: kanda\r\n\r\n'],
    ['a control character in a header', request('GET', '/healthz', ['X: a\u0001b'])],
    ['a byte above ASCII in the path', Buffer.from(request('GET', '/api/totp/clients/\u00ff'), 'latin1')],
    ['a space in the path', request('GET', '/api/totp/clients/a b')],
    ['two lengths', request('POST', '/api/auth/login', ['Content-Length: 1', 'Content-Length: 2'], 'ab')],
    [
      'a length and chunks',
      request('POST', '/api/auth/login', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
    ],
  ])('are answered as a problem too, and the connection is closed: %s', async (_, bytes) => {
    const answer = await send(bytes);
    expect(answer.status).toBe(400);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': String(Buffer.byteLength(answer.body)),
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    expect(JSON.parse(answer.body)).toEqual({
      type: '/docs/errors/request_malformed',
      title: 'The request cannot be understood',
      status: 400,
      detail: expect.any(String),
      code: 'request_malformed',
      requestId: expect.stringMatching(/^req_test_/),
    });
  });

  test.each([
    ['a header of 20 kB', request('GET', '/healthz', [`X: ${'a'.repeat(20_000)}`])],
    [
      '2,000 headers',
      request(
        'GET',
        '/healthz',
        Array.from({ length: 2_000 }, (_, index) => `X-${index}: 1`),
      ),
    ],
    ['a path of 20 kB', request('GET', `/${'a'.repeat(20_000)}`)],
  ])(
    'that are too many before the body get 431 with a code of their own, and the end of the connection: %s',
    async (_, bytes) => {
      const answer = await send(bytes);
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([431, 'headers_too_large']);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        'x-content-type-options': 'nosniff',
        connection: 'close',
      });
    },
  );

  test('that stop in the middle are answered 408 request_timeout when their time is over', async () => {
    const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    // The server's own deadline is longer than a test should wait, so the test calls it.
    kanda.app.server.once('connection', (socket) => {
      socket.once('data', () => kanda.app.server.emit('clientError', late, socket));
    });
    const answer = await send('POST /api/auth/login HTTP/1.1\r\nHost: kanda\r\nContent-Le');
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([408, 'request_timeout']);
  });

  test('do not keep others from being served', async () => {
    await Promise.all(Array.from({ length: 50 }, () => send('GARBAGE\r\n\r\n')));
    expect((await send(request('GET', '/healthz'))).status).toBe(200);
  });
});

describe('nothing secret', () => {
  test('is in any refusal, header or line of the operator’s log', async () => {
    const { id, apiKey } = await account.createKey();
    const { clientId, secret } = await account.enrol('alice');
    const code = codeAt(secret, START);
    const imported = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(8);
    const from = () => ({ remoteAddress: kanda.freshAddress() });
    const answers = [
      await kanda.call('POST', '/api/auth/login', { email: account.email, password: `${PASSWORD}!` }, from()),
      await kanda.call('POST', '/api/auth/login', { email: PASSWORD, password: PASSWORD }, from()),
      await kanda.call('POST', '/api/auth/login', { password: [PASSWORD] }, from()),
      await kanda.call('POST', '/api/auth/register', { email: account.email, password: PASSWORD }, from()),
      await kanda.call(
        'POST',
        '/api/auth/register',
        { email: 'x', password: PASSWORD, [PASSWORD]: 1 },
        from(),
      ),
      await kanda.call('POST', '/api/auth/token', { apiKey: `${apiKey}x` }, from()),
      await kanda.call('POST', '/api/auth/token', { apiKey: [apiKey] }, from()),
      await kanda.call('POST', '/api/auth/token', { [apiKey]: apiKey }, from()),
      await account.call('POST', '/api/totp/validate', { clientId, token: `${code} ` }),
      await account.call('POST', '/api/totp/validate', { clientId, token: Number(code) }),
      await account.call('POST', '/api/totp/validate', { clientId: `${clientId} `, token: code }),
      await account.call('POST', '/api/totp/register', {
        clientId: 'a',
        label: 'a',
        issuer: 'a',
        secret: imported,
      }),
      await account.call('POST', '/api/totp/register', { clientId: '..', label: 'a', issuer: 'a', secret }),
      await account.as(`${account.token}x`)('GET', '/api/auth/me'),
      await account.as(`${apiKey}x`)('GET', '/api/auth/me'),
    ];
    const forbidden = [PASSWORD, apiKey, secret, imported.slice(0, 32), account.token];
    for (const answer of answers) {
      expect(answer.statusCode, answer.body).toBeGreaterThanOrEqual(400);
      const shown = `${JSON.stringify(answer.headers)} ${answer.body}`;
      for (const word of forbidden) expect(shown).not.toContain(word);
      expect(answer.json().detail).not.toContain(code);
    }
    const log = JSON.stringify(kanda.logged);
    for (const word of forbidden) expect(log).not.toContain(word);
    expect(log).not.toContain(`${id}_`);
  });

  test('of an internal fault reaches its caller, and the operator learns the cause', async () => {
    const other = await kanda.signUp();
    const sqlite = new DatabaseSync(kanda.databaseFile);
    sqlite.prepare("update account set password_hash = 'damaged' where email = ?").run(other.email);
    sqlite.close();
    const answer = await kanda.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email: other.email, password: PASSWORD },
      remoteAddress: kanda.freshAddress(),
    });
    const problem = expectProblem(answer, 500, 'internal');
    expect(answer.body).not.toMatch(/argon|hash|damaged|\.ts|node:/i);
    const told = kanda.logged.find(
      ({ fields, message }) =>
        message === 'a request failed' && (fields as { requestId: string }).requestId === problem.requestId,
    );
    expect(told?.fields).toMatchObject({ code: 'internal', cause: expect.any(Error) });
  });
});
