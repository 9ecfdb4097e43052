/**
 * The two halves of one account on one server: every call of openapi.json with the other half's ids shows nothing and changes
 * nothing, and neither a header, a query, an id nor an altered bearer leads from one half to the other. The clock, the codes
 * and the deletion of test mode are out of reach for a live account.
 *
 * Seen to fail with the guard out: with `testOnly` not looked at and `assertTestHalf` out (store/operations/test-mode), a live
 * key read a code of a real user and deleted all of them; with `inItsMode` giving a key the half that it asks for, the
 * live key set the clock of the test half forward.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GOOD_BODIES } from '../../apps/server/test/http/support/good-bodies.ts';
import {
  type AccountAccess,
  type Answer,
  Caller,
  codeOf,
  type Enrolled,
  openAccount,
} from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';

const TEST = { 'kanda-mode': 'test' };
const SCOPES = [
  'totp:write',
  'totp:validate',
  'totp:read',
  'totp:support',
  'receipts:redeem',
  'links:write',
  'totp:import',
  'webhooks:read',
  'webhooks:write',
  'logs:read',
  'keys:write',
];

let server: KandaProcess;
let owner: AccountAccess;
/** A log-in, which may act in both. */
let login: Caller;
let live: Caller;
let made: Caller;
let liveKey: { id: string; apiKey: string };
let testKey: { id: string; apiKey: string };
let real: Enrolled;
let operations: { readonly method: string; readonly path: string }[];

beforeAll(async () => {
  server = await KandaProcess.start();
  owner = await openAccount(server.url);
  login = new Caller(server.url).withBearer(owner.token);
  liveKey = (await login.post('/api/keys', { name: 'live', scopes: SCOPES })).json;
  testKey = (await login.post('/api/keys', { name: 'test', scopes: SCOPES, mode: 'test' })).json;
  live = new Caller(server.url).withBearer(liveKey.apiKey);
  made = new Caller(server.url).withBearer(testKey.apiKey);
  real = await live.enrol('only-real');
  await made.enrol('only-made-up');
  const { paths } = (await login.get('/openapi.json')).json;
  operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
});
afterAll(endAll);

/** All that a half can see of itself, as the log-in sees it. */
async function everythingOf(mode: 'live' | 'test'): Promise<string[]> {
  const paths = ['/api/keys', '/api/totp/clients', '/api/logs?limit=200', '/api/policy'];
  const answers = await Promise.all(paths.map((path) => login.get(path, { 'kanda-mode': mode })));
  for (const { status } of answers) expect(status).toBe(200);
  return answers.map(({ text }) => text.replace(/"(?:lastUsedAt|lastSeenAt)":[^,}]*/g, ''));
}

/** An answer without what differs between any two of them. */
function shown({ status, json }: Answer, ...names: string[]): unknown {
  let text = JSON.stringify({ status, body: { ...json, requestId: '' } });
  for (const name of names) text = text.replaceAll(name, '<id>');
  return JSON.parse(text);
}

describe.each(['live', 'test'] as const)('each call of a %s key with an id of the other half', (mode) => {
  test('is answered as for the id of no one, and changes nothing there', async () => {
    const other = mode === 'live' ? 'test' : 'live';
    const caller = mode === 'live' ? live : made;
    const [client, key] = mode === 'live' ? ['only-made-up', testKey.id] : ['only-real', liveKey.id];
    const before = await everythingOf(other);
    const asked = operations.filter(
      ({ path }) => path.includes('{clientId}') || path.startsWith('/api/keys/{'),
    );
    expect(asked.length).toBeGreaterThan(15);
    for (const { method, path } of asked) {
      const [theirs, unknown] = path.includes('{clientId}')
        ? [client, 'no-ones-at-all']
        : [key, 'b'.repeat(key.length)];
      const ask = (id: string) =>
        caller.call(
          method,
          path
            .replace('{authenticatorId}', 'aut_1')
            .replace('{deviceId}', 'dev_aaaaaaaaaaaaaaaa')
            .replace(/\{\w+\}/, id),
          GOOD_BODIES[`${method} ${path}`],
        );
      const [seen, nothing] = [await ask(theirs), await ask(unknown)];
      expect(seen.status, `${method} ${path}: ${seen.text}`).toBe(404);
      expect(shown(seen, theirs), `${method} ${path}`).toEqual(shown(nothing, unknown));
    }
    expect(await everythingOf(other)).toEqual(before);
  });
});

test("a right code of the other half is answered like one for no one's client, and stays unused", async () => {
  const seen = await made.validate('only-real', codeOf(real));
  expect(seen.status).toBe(404);
  expect(shown(seen, 'only-real')).toEqual(
    shown(await made.validate('no-ones-at-all', codeOf(real)), 'no-ones-at-all'),
  );
  expect((await live.validate('only-real', codeOf(real))).json).toEqual({ valid: true });
});

describe('clock, codes and deletion of test mode', () => {
  const CALLS = [
    ['GET', '/api/test/clock'],
    ['POST', '/api/test/clock', { advanceSeconds: 60 }],
    ['GET', '/api/test/clients/only-real/code'],
    ['DELETE', '/api/test/clients'],
  ] as const;
  const FORGED: readonly Record<string, string>[] = [
    {},
    { 'kanda-mode': 'live' },
    { 'x-kanda-mode': 'test' },
    { kanda_mode: 'test' },
    { 'x-http-method-override': 'GET', 'x-original-url': '/api/test/clock' },
    { 'kanda-mode': 'test' },
    { 'kanda-mode': 'test, test' },
    { 'Kanda-Mode': ' test ' },
  ];

  test('cannot be had for the live half: by a live key, whatever it says', async () => {
    const before = await everythingOf('live');
    for (const [method, path, body] of CALLS) {
      for (const headers of FORGED) {
        const { status, text } = await live.call(method, path, body, headers);
        expect([400, 403, 404], `${method} ${path} ${JSON.stringify(headers)}: ${text}`).toContain(status);
        expect(text).not.toMatch(/"code":"\d|offsetSeconds/);
      }
      for (const query of ['?mode=test', '?mode=live', '?Kanda-Mode=test', '?accountId=1'])
        expect([400, 403, 404]).toContain((await live.call(method, path + query, body)).status);
    }
    expect(await everythingOf('live')).toEqual(before);
  });

  test('nor by a log-in, which gets those of the test half, and never a real user', async () => {
    for (const [method, path, body] of CALLS) expect((await login.call(method, path, body)).status).toBe(404);
    const code = await login.get('/api/test/clients/only-real/code', TEST);
    expect(code.json.code).toBe('client_not_found');
    const before = await everythingOf('live');
    expect((await login.post('/api/test/clock', { advanceSeconds: 86_400 }, TEST)).status).toBe(200);
    expect((await login.call('DELETE', '/api/test/clients', undefined, TEST)).status).toBe(204);
    expect(await everythingOf('live')).toEqual(before);
    // A day has gone by for the one half alone.
    const { createdAt } = (await login.get('/api/logs?limit=1')).json.data[0];
    expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(60 * 60 * 1000);
    await made.enrol('only-made-up');
  });
});

describe('a bearer that is altered', () => {
  test('leads to no other half: a key without its mark, one with it, and a token with another subject', async () => {
    const exchanged = async (apiKey: string) =>
      (await new Caller(server.url).post('/api/auth/token', { apiKey })).json.token;
    const [ofLive, ofTest] = [await exchanged(liveKey.apiKey), await exchanged(testKey.apiKey)];
    const subjectOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub as string;
    const withSubject = (token: string, sub: string) => {
      const [head, payload = '', signature] = token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return [head, Buffer.from(JSON.stringify({ ...claims, sub })).toString('base64url'), signature].join(
        '.',
      );
    };
    expect(subjectOf(ofTest)).toMatch(/^acc_test_/);
    const altered = [
      testKey.apiKey.replace('kan_test_', 'kan_'),
      liveKey.apiKey.replace('kan_', 'kan_test_'),
      testKey.apiKey.replace(testKey.id, liveKey.id),
      liveKey.apiKey.replace(liveKey.id, testKey.id),
      withSubject(ofTest, subjectOf(ofLive)),
      withSubject(ofLive, subjectOf(ofTest)),
    ];
    for (const bearer of altered) {
      const caller = new Caller(server.url).withBearer(bearer);
      for (const path of ['/api/totp/clients', '/api/test/clock'])
        expect((await caller.get(path)).status).toBe(401);
    }
    for (const [bearer, mode] of [
      [ofLive, 'live'],
      [ofTest, 'test'],
    ] as const)
      expect((await new Caller(server.url).withBearer(bearer).get('/api/auth/me')).json.mode).toBe(mode);
  });

  test('nor does the name or the address of the test half log in anywhere', async () => {
    const { userId } = (await made.get('/api/auth/me')).json;
    for (const email of [`test half ${userId}`, `${userId}@example.com`, userId]) {
      const { status } = await new Caller(server.url).post('/api/auth/login', { email, password: '' });
      expect([400, 401]).toContain(status);
    }
  });
});
