/**
 * Hostile paths on every route that takes a parameter (security.md, case 12): 401 without a bearer, 400 or
 * 404 with one, and nothing happens. Sent byte by byte, since clients tidy paths up.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../support/documented.ts';
import { openRaw, type RawAnswer, request } from '../support/raw-request.ts';
import { startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;
let keyId: string;
let send: (request: string) => Promise<RawAnswer>;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
  for (const clientId of ['a', 'b', 'ab', 'clients', 'unlock']) await account.enrol(clientId);
  keyId = (await account.createKey()).id;
  send = await openRaw(kanda);
});
afterAll(() => kanda.close());

const HOSTILE = [
  'a%2Fb',
  'a%2fb',
  'a%252Fb',
  'a%252fb',
  '..',
  '.',
  '%2e%2e',
  '%2e',
  '..%2f',
  '..%2Fa',
  '..%5ca',
  '../a',
  './a',
  '',
  '/',
  '//',
  '/a',
  'a/',
  'a//b',
  'a/b',
  'a;x',
  'a;x=1',
  ';a',
  'a%3Bx',
  'a%00',
  '%00a',
  'a%00b',
  'a%0a',
  'a%0d%0aSet-Cookie:x=1',
  'a%20',
  '%20a',
  'a%09',
  '%ff',
  '%c3%28',
  '%c0%af',
  '%c0%ae%c0%ae',
  '%ed%a0%80',
  '%',
  '%2',
  '%zz',
  '%u0061',
  'a%',
  'a%23b',
  'a%3Fb',
  'a%5Cb',
  'a\\b',
  '%E2%80%AEa',
  '*',
  'a|b',
  '$where',
  "a'--",
  'a"b',
  'x'.repeat(129),
  '%61'.repeat(129),
  'x'.repeat(1_025),
  'x'.repeat(8_000),
];

const withParameter = operations.filter(({ path }) => path.includes('{'));

/** The account as it is, its log included, but for what is said of clients that do not exist. */
const state = async () => {
  const [keys, clients, logs] = await Promise.all(
    ['/api/keys', '/api/totp/clients', '/api/logs?limit=200'].map(
      async (path) => (await account.call('GET', path)).json().data,
    ),
  );
  return [
    keys,
    clients,
    logs.filter(({ reason }: { reason: string | null }) => reason !== 'client_not_found').map(withoutNumber),
  ];
};
const withoutNumber = ({ id: _, ...event }: { id: number }) => event;

describe.each(withParameter)('$name', ({ method, path }) => {
  test.each(
    HOSTILE.map((part) => [part.length > 40 ? `${part.slice(0, 20)}… (${part.length})` : part, part]),
  )('with %j', async (_, part) => {
    const target = path.replace(/\{\w+\}/, () => part);
    const before = await state();
    const unknown = await send(request(method, target));
    expect(unknown.status, unknown.body).toBe(401);
    expect(unknown.headers['www-authenticate']).toBe('Bearer realm="kanda"');

    const known = await send(request(method, target, [`Authorization: Bearer ${account.token}`]));
    expect([400, 404], known.body).toContain(known.status);
    for (const answer of [unknown, known]) {
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(JSON.parse(answer.body).status).toBe(answer.status);
    }
    expect(await state()).toEqual(before);
  });
});

test('the same paths without their hostility are found', async () => {
  const headers = [`Authorization: Bearer ${account.token}`];
  expect((await send(request('GET', '/api/totp/clients/a', headers))).status).toBe(200);
  expect((await send(request('GET', '/api/totp/clients/%61', headers))).status).toBe(200);
  expect((await send(request('POST', '/api/totp/clients/unlock/unlock', headers))).status).toBe(200);
  expect((await send(request('DELETE', `/api/keys/${keyId}`, headers))).status).toBe(204);
});

test.each([
  '//api/totp/clients/a',
  '/api//totp/clients/a',
  '/api/totp/./clients/a',
  '/api/auth/../totp/clients/a',
  '/API/totp/clients/a',
  '/api/totp/Clients/a',
  '/api/totp/clients%2Fa',
  '/%61pi/totp/clients%2fa',
  '/api/totp/clients;/a',
  '/docs/errors/..%2f..%2fpackage.json',
  '/docs/errors/__proto__',
  '/docs/errors/constructor',
])('%s is another path: 404, with a bearer and without', async (target) => {
  const headers = [`Authorization: Bearer ${account.token}`];
  expect((await send(request('GET', target, headers))).status).toBe(404);
  expect((await send(request('GET', target))).status).toBe(404);
});
