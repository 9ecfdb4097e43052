/** What is tried again and what is thrown, against a server that answers as it is asked to. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ClientNotFound,
  ConnectionFailed,
  isValid,
  Kanda,
  type KandaOptions,
  KeyInvalid,
  OutcomeUnknown,
  Problem,
  RateLimited,
  StoreUnavailable,
  TimedOut,
  UnexpectedAnswer,
} from '../src/index.ts';

interface Planned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What happens in place of an answer. */
  readonly instead?: 'cut' | 'wait';
}
interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

const SHOWN = { clientId: 'user-123', token: '123456' };
const RIGHT: Planned = { body: { valid: true } };

let server: Server;
let url: string;
let answers: Planned[] = [];
let seen: Seen[] = [];
let expiresIn = '1h';
let expiresInSeconds: number | undefined;
let exchanged = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    const isExchange = request.url === '/api/auth/token';
    if (!isExchange) seen.push({ path: request.url ?? '', headers: request.headers });
    const {
      status = 200,
      headers = {},
      body,
      instead,
    } = isExchange
      ? { body: { token: `token-${++exchanged}`, expiresIn, expiresInSeconds } }
      : (answers.shift() ?? RIGHT);
    if (instead === 'cut') request.socket.destroy();
    if (instead !== undefined) return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [answers, seen, expiresIn, expiresInSeconds, exchanged] = [[], [], '1h', undefined, 0];
});

function kanda(options: Partial<KandaOptions> = {}): Kanda {
  return new Kanda({ url, apiKey: 'kan_test', ...options });
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Planned {
  const body = { type: `/docs/errors/${code}`, title: 'T', status, detail: 'D.', code, requestId: 'req_1' };
  return { status, body, headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers } };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (answer) => expect.fail(`it answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
}

/** Where nothing listens. Low ports are none: fetch asks for nothing there. */
async function freeAddress(): Promise<string> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => other.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const keys = () => seen.map(({ headers }) => headers['idempotency-key']);

describe('is sent again with the same Idempotency-Key', () => {
  test.each<[string, Planned]>([
    ['a connection that broke', { instead: 'cut' }],
    ['503 store_unavailable', problem(503, 'store_unavailable')],
    ['503 stopping', problem(503, 'stopping')],
    ['429 rate_limited', problem(429, 'rate_limited', { 'retry-after': '0' })],
    ['409 idempotency_key_in_use', problem(409, 'idempotency_key_in_use', { 'retry-after': '0' })],
    ['502 of a gateway', { status: 502, body: { message: 'Bad Gateway' } }],
    ['503 of a gateway', { status: 503, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['504 of a gateway', { status: 504, body: '' }],
  ])('after %s', async (_, failure) => {
    answers = [failure];
    expect(isValid(await kanda().validate(SHOWN))).toBe(true);
    expect(seen).toHaveLength(2);
    expect(keys()[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys()[1]).toBe(keys()[0]);
  });

  // Seen to fail when each such answer was a try: a busy server has the first request for longer than two seconds.
  test('as long as the first request with that key is under way, whatever `retries` is', async () => {
    const underWay = problem(409, 'idempotency_key_in_use', { 'retry-after': '0' });
    answers = [underWay, underWay, underWay];
    expect(isValid(await kanda({ retries: 1 }).validate(SHOWN))).toBe(true);
    expect(new Set(keys()).size).toBe(1);
    answers = Array.from({ length: 50 }, () => underWay);
    const error = await errorOf(kanda({ retries: 1, timeoutMs: 600 }).validate(SHOWN));
    expect(error, 'no longer than one try may take').toBeInstanceOf(OutcomeUnknown);
  });

  test('after a time-out', async () => {
    answers = [{ instead: 'wait' }];
    expect(isValid(await kanda({ timeoutMs: 100 }).validate(SHOWN))).toBe(true);
    expect(new Set(keys()).size).toBe(1);
  });

  test('and each call has another key, unless the caller brings one', async () => {
    const client = kanda();
    await client.validate(SHOWN);
    await client.validate(SHOWN);
    await client.validate(SHOWN, { idempotencyKey: 'form-7' });
    expect(new Set(keys()).size).toBe(3);
    expect(keys()[2]).toBe('form-7');
  });

  test('no sooner than Retry-After says', async () => {
    answers = [problem(429, 'rate_limited', { 'retry-after': '1' })];
    const begun = performance.now();
    await kanda().validate(SHOWN);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990);
  });
});

describe('is not sent again', () => {
  test.each<[string, Planned, abstract new (...all: never[]) => Error]>([
    ['404 client_not_found', problem(404, 'client_not_found'), ClientNotFound],
    ['401 key_invalid', problem(401, 'key_invalid'), KeyInvalid],
    [
      'a limit that ends later than anyone waits',
      problem(429, 'rate_limited', { 'retry-after': '3600' }),
      RateLimited,
    ],
    ['a code that this version does not know', problem(400, 'brand_new'), Problem],
    ['403 of a gateway', { status: 403, body: { error: 'blocked' } }, UnexpectedAnswer],
    ['a redirect', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, UnexpectedAnswer],
  ])('after %s', async (_, failure, expected) => {
    answers = [failure];
    const error = await errorOf(kanda().validate(SHOWN));
    expect(error).toBeInstanceOf(expected);
    expect(error).not.toBeInstanceOf(OutcomeUnknown);
    expect(seen).toHaveLength(1);
  });

  test('a problem tells its code, status, detail and request id', async () => {
    answers = [problem(404, 'client_not_found')];
    const error = await errorOf(kanda().clients.get('user-123'));
    expect(error).toMatchObject({
      name: 'ClientNotFound',
      code: 'client_not_found',
      status: 404,
      detail: 'D.',
      requestId: 'req_1',
      message: '404 client_not_found: D. (req_1)',
    });
  });
});

describe('an outcome that is not known', () => {
  test.each<[string, Planned, string]>([
    ['a connection that broke', { instead: 'cut' }, 'ConnectionFailed'],
    ['503 store_unavailable', problem(503, 'store_unavailable'), 'StoreUnavailable'],
    ['a JSON 502 without a code', { status: 502, body: { message: 'Bad Gateway' } }, 'UnexpectedAnswer'],
    ['an answer that is no verdict', { body: { ok: true } }, 'UnexpectedAnswer'],
    ['a page', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'UnexpectedAnswer'],
    ['500 internal', problem(500, 'internal'), 'Internal'],
  ])('after %s is OutcomeUnknown, and a read throws the cause itself', async (_, failure, cause) => {
    answers = [failure, failure];
    const client = kanda({ retries: 0 });
    const error = await errorOf(client.validate(SHOWN, { idempotencyKey: 'form-7' }));
    expect(error).toMatchObject({ name: 'OutcomeUnknown', idempotencyKey: 'form-7', cause: { name: cause } });
    expect(isValid(error)).toBe(false);
    if (cause !== 'UnexpectedAnswer' || failure.status === 502) {
      expect(await errorOf(client.clients.get('user-123'))).toMatchObject({ name: cause });
    }
  });

  test('stays unknown when a later try is refused for another reason, and not when Kanda refuses the request', async () => {
    answers = [{ instead: 'cut' }, problem(401, 'key_invalid')];
    const error = await errorOf(kanda().validate(SHOWN));
    expect(error).toMatchObject({ name: 'OutcomeUnknown', cause: { name: 'KeyInvalid' } });
    answers = [{ instead: 'cut' }, problem(404, 'client_not_found')];
    expect(await errorOf(kanda().validate(SHOWN))).toBeInstanceOf(ClientNotFound);
  });

  test('is known after a 503 that carried nothing out, and where no connection was made', async () => {
    answers = [problem(503, 'stopping')];
    expect(await errorOf(kanda({ retries: 0 }).validate(SHOWN))).toMatchObject({ name: 'Stopping' });
    const away = kanda({ url: await freeAddress(), retries: 0 });
    expect(await errorOf(away.validate(SHOWN))).toMatchObject({ name: 'ConnectionFailed', sent: false });
  });

  test('a caller that stops waiting: unknown once it was sent, its own reason before', async () => {
    answers = [{ instead: 'wait' }];
    const error = await errorOf(kanda().validate(SHOWN, { signal: AbortSignal.timeout(100) }));
    expect(error).toMatchObject({ name: 'OutcomeUnknown', cause: { name: 'TimeoutError' } });
    const reason = new Error('gone');
    expect(await errorOf(kanda().validate(SHOWN, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(seen).toHaveLength(1);
  });
});

describe('the token', () => {
  test('is exchanged once for many callers, and kept', async () => {
    const client = kanda();
    await Promise.all(Array.from({ length: 50 }, () => client.validate(SHOWN)));
    await client.validate(SHOWN);
    expect(exchanged).toBe(1);
    expect(new Set(seen.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer token-1']));
  });

  // Older servers send only `expiresIn`.
  test.each([
    ['words', '1s', undefined],
    ['seconds', '1h', 1],
  ] as const)('is renewed before its end, in %s', async (_how, words, seconds) => {
    [expiresIn, expiresInSeconds] = [words, seconds];
    const client = kanda();
    await client.validate(SHOWN);
    await client.validate(SHOWN);
    expect(exchanged).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 850));
    await Promise.all([client.validate(SHOWN), client.validate(SHOWN)]);
    expect(exchanged).toBe(2);
    expect(seen.at(-1)?.headers.authorization).toBe('Bearer token-2');
  });

  test.each(['token_expired', 'token_invalid'])('is renewed once after 401 %s', async (code) => {
    const client = kanda({ retries: 0 });
    answers = [problem(401, code)];
    expect(isValid(await client.validate(SHOWN))).toBe(true);
    expect(exchanged).toBe(2);
    expect(new Set(keys()).size).toBe(1);
    answers = [problem(401, code), problem(401, code), RIGHT];
    expect(await errorOf(client.validate(SHOWN))).toMatchObject({ code });
    expect(answers).toHaveLength(1);
  });
});

test('classes are what instanceof sees', async () => {
  answers = [problem(503, 'store_unavailable')];
  const error = await errorOf(kanda({ retries: 0 }).clients.get('user-123'));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error).toBeInstanceOf(Problem);
  answers = [{ instead: 'wait' }];
  expect(await errorOf(kanda({ retries: 0, timeoutMs: 50 }).clients.get('x'))).toBeInstanceOf(TimedOut);
  answers = [{ instead: 'cut' }];
  expect(await errorOf(kanda({ retries: 0 }).clients.get('x'))).toBeInstanceOf(ConnectionFailed);
});
