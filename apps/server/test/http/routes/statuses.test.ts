/**
 * Every route with every status that is documented for it. The list of tests is made from the OpenAPI
 * document: a status without a way to bring it about is a failing test.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../support/documented.ts';
import { type Answer, PASSWORD, type TestApp } from '../support/start-app.ts';
import {
  account,
  closeApps,
  enrolment,
  fresh,
  from,
  importing,
  inTestHalf,
  kanda,
  limited,
  type Method,
  NEW_PASSWORD,
  startApps,
  type Way,
  withoutTables,
} from './status-apps.ts';
import { WAYS as OTHER_WAYS } from './status-ways.ts';
import { AUTHENTICATOR_WAYS } from './status-ways-authenticators.ts';
import { DEVICE_WAYS } from './status-ways-devices.ts';
import { EXPORT_WAYS } from './status-ways-exports.ts';
import { LINK_WAYS } from './status-ways-links.ts';
import { OPERATOR_WAYS } from './status-ways-operator.ts';
import { RECEIPT_OF_NOBODY, RECEIPT_WAYS } from './status-ways-receipts.ts';
import { TEST_WAYS } from './status-ways-test-mode.ts';
import { WEBHOOK_WAYS } from './status-ways-webhooks.ts';

const WAYS = {
  ...OTHER_WAYS,
  ...AUTHENTICATOR_WAYS,
  ...DEVICE_WAYS,
  ...EXPORT_WAYS,
  ...LINK_WAYS,
  ...OPERATOR_WAYS,
  ...RECEIPT_WAYS,
  ...TEST_WAYS,
  ...WEBHOOK_WAYS,
};

/** Bodies that reach what is behind the schema, by route. */
const BODIES: Record<string, () => object> = {
  'POST /api/auth/register': () => ({ email: `${fresh()}@example.com`, password: PASSWORD }),
  'POST /api/auth/login': () => ({ email: account.email, password: PASSWORD }),
  'POST /api/auth/token': () => ({ apiKey: 'kan_something' }),
  'POST /api/auth/password': () => ({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  'POST /api/auth/two-factor': () => ({ password: PASSWORD }),
  'POST /api/auth/two-factor/confirm': () => ({ totp: '000000' }),
  'DELETE /api/auth/two-factor': () => ({ password: PASSWORD }),
  'POST /api/auth/two-factor/recovery-codes': () => ({ password: PASSWORD }),
  'POST /api/keys': () => ({ name: 'a key' }),
  'POST /api/totp/register': () => enrolment(fresh()),
  'POST /api/totp/import': () => importing(fresh()),
  'POST /api/totp/validate': () => ({ clientId: 'unknown', token: '000000' }),
  'POST /api/totp/confirm': () => ({ clientId: 'unknown', token: '000000' }),
  'POST /api/totp/clients/{clientId}/diagnose': () => ({ token: '000000' }),
  'POST /api/totp/clients/{clientId}/authenticators/{authenticatorId}/resync': () => ({
    tokens: ['000000', '000001'],
  }),
  'POST /api/totp/clients/{clientId}/authenticators': () => ({}),
  'PATCH /api/totp/clients/{clientId}/authenticators/{authenticatorId}': () => ({ name: null }),
  'PATCH /api/totp/clients/{clientId}': () => ({ label: 'Alice' }),
  'POST /api/totp/links': () => ({ clientId: fresh(), purpose: 'enrol', issuer: 'MyApp' }),
  'POST /api/totp/links/redeem': () => ({ result: 'of.no.link' }),
  'PUT /api/hosted-pages': () => ({}),
  'PATCH /api/auth/getting-started': () => ({ dismissed: true }),
  'POST /api/receipts/redeem': () => ({ receipt: RECEIPT_OF_NOBODY }),
  'POST /api/webhooks': () => ({ url: 'https://app.example.com/kanda' }),
  'PATCH /api/webhooks/{id}': () => ({ enabled: false }),
  'POST /api/webhooks/{id}/resend': () => ({ sequence: 1 }),
  'PUT /api/policy': () => ({}),
  'POST /api/test/clock': () => ({ advanceSeconds: 1 }),
};
const PUBLIC = [
  '/api/auth/register',
  '/api/auth/login',
  '/api/auth/token',
  '/api/info',
  '/.well-known/jwks.json',
  '/healthz',
  '/readyz',
  '/metrics',
];

/** How a status that means the same on many routes is brought about on one of them. */
function commonWay(method: Method, path: string, status: number): Way | undefined {
  const name = `${method} ${path}`;
  const url = path
    .replace('sessions/{id}', 'sessions/ses_aa')
    .replace('webhooks/{id}', 'webhooks/whk_aaaaaaaaaaaaaaaa')
    .replace('links/{id}', 'links/lnk_1')
    .replace('{id}', 'aaaaaaaaaaaaaaaa')
    .replace('{clientId}', 'unknown')
    .replace('{authenticatorId}', 'aut_1')
    .replace('{deviceId}', 'dev_aaaaaaaaaaaaaaaa');
  const isOfTest = path.startsWith('/api/test/');
  const inHalf = (call: TestApp['call']) => (isOfTest ? inTestHalf(call) : call);
  const bearer = PUBLIC.includes(path) ? kanda.call : inHalf(account.call);
  const send = (call: TestApp['call']) => call(method, url, BODIES[name]?.(), from());
  switch (status) {
    case 400: {
      if (path.includes('{')) {
        return () => bearer(method, path.replace(/\{\w+\}/, 'a%0Ab'), undefined, from());
      }
      return method === 'GET'
        ? () => bearer('GET', `${url}?limit=0`)
        : () => bearer(method, url, '{', from());
    }
    case 401:
      return () => send(kanda.call);
    case 403:
      return async () => {
        const needsKeys =
          name.includes('/api/keys') || name === 'PUT /api/policy' || name === 'PUT /api/hosted-pages';
        const scopes = needsKeys ? ['totp:read'] : ['keys:write'];
        const mode = isOfTest ? 'test' : 'live';
        return send((await account.createKey({ scopes, mode })).call);
      };
    case 404:
      return () => send(bearer);
    case 409:
      return isOfTest ? whileHalfIsAtWork(method, url) : whileUnderWay(method, url, BODIES[name]);
    case 422:
      return async () => {
        const headers = { 'idempotency-key': fresh() };
        await inHalf(account.call)('PUT', '/api/policy', { skew: 2 }, { headers });
        return inHalf(account.call)(method, url, BODIES[name]?.(), { headers, ...from() });
      };
    case 413:
      return () => bearer(method, url, JSON.stringify({ padding: 'x'.repeat(16 * 1024) }), from());
    case 415:
      return () =>
        bearer(method, url, 'name=value', { headers: { 'content-type': 'text/plain' }, ...from() });
    case 429:
      return async () => {
        const call = inHalf((await limited.signUp()).call);
        await call('GET', isOfTest ? '/api/policy' : '/api/auth/me');
        return send(call);
      };
    case 503:
      return () => withoutTables(() => send(bearer));
    default:
      return undefined;
  }
}

/** Sends a request while another one with the same key is under way, as soon as that is so. */
function whileUnderWay(method: Method, url: string, bodyOf: (() => object) | undefined): Way {
  return async () => {
    for (let tries = 1; ; tries++) {
      const { call } = await kanda.signUp();
      const headers = { 'idempotency-key': fresh() };
      const first = call('POST', '/api/auth/two-factor', { password: 'a wrong one' }, { headers, ...from() });
      // A request without a body is read sooner than one with a body.
      await sleep(tries - 1);
      const second = await call(method, url, bodyOf?.(), { headers, ...from() });
      await first;
      if (second.statusCode === 409 || tries === 40) return second;
    }
  };
}

/** The same in a test half, whose requests wait for others of that half alone. */
function whileHalfIsAtWork(method: Method, url: string): Way {
  return async () => {
    const call = inTestHalf((await kanda.signUp()).call);
    await call('GET', '/api/policy');
    const headers = { 'idempotency-key': fresh() };
    const ask = () => call(method, url, undefined, { headers });
    const [first, second] = await Promise.all([ask(), ask()]);
    return first.statusCode === 409 ? first : second;
  };
}

beforeAll(startApps);
afterAll(closeApps);

describe.each(operations)('$name', ({ name, method, path, statuses }) => {
  test.each(statuses)('answers %i', async (status) => {
    const way = WAYS[`${name} ${status}`] ?? commonWay(method as Method, path, status);
    if (way === undefined) throw new Error('documented, but this file knows no way to bring it about');
    const answer = await way();
    expect(answer.statusCode, answer.body).toBe(status);
    if (!PUBLIC.includes(path)) expect(answer.headers['cache-control']).toBe('no-store');
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="kanda"/);
    if (status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    if (status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });
});

/** What these have done ends the bearer that would ask again. */
const ENDS_ITS_BEARER = ['POST /api/auth/logout', 'DELETE /api/auth/sessions/{id}'];

describe('a call that changes something, sent again with its Idempotency-Key, changes nothing more', () => {
  const changing = operations.filter(
    ({ method, path }) => method !== 'GET' && !PUBLIC.includes(path) && path.startsWith('/api/'),
  );
  test.each(changing.filter(({ name }) => !ENDS_ITS_BEARER.includes(name)))('$name', async (operation) => {
    const { name, statuses } = operation;
    const done = statuses.find((status) => status < 300);
    const way = WAYS[`${name} ${done}`];
    if (way === undefined) throw new Error('this file knows no way to have it done');
    const [first, again] = await sentTwice(operation, way);
    expect(first.statusCode, first.body).toBe(done);
    expect(again.statusCode, again.body).toBe(done);
    expect(again.body).toBe(first.body);
    expect([first, again].map(({ headers }) => headers['idempotent-replayed'])).toEqual([undefined, 'true']);
  });
});

/** What the way's last request to this operation is answered, and once more. */
async function sentTwice(
  { method, shape }: (typeof operations)[number],
  way: Way,
): Promise<readonly [Answer, Answer]> {
  const { app } = kanda;
  const { inject } = app;
  let answers: readonly [Answer, Answer] | null = null;
  app.inject = (async (request: InjectOptions) => {
    const send = () => (inject as (one: InjectOptions) => Promise<Answer>).call(app, request);
    if (request.method !== method || !shape.test(String(request.url))) return send();
    Object.assign(request.headers ?? {}, { 'idempotency-key': fresh() });
    answers = [await send(), await send()];
    return answers[0];
  }) as never;
  try {
    await way();
  } finally {
    app.inject = inject;
  }
  if (answers === null) throw new Error('the way does not call the operation');
  return answers;
}

test('no way is left over for a status that is not documented', () => {
  const documented = operations.flatMap(({ name, statuses }) =>
    statuses.map((status) => `${name} ${status}`),
  );
  expect(Object.keys(WAYS).filter((way) => !documented.includes(way))).toEqual([]);
});
