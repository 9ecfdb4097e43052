/**
 * What pages of other sites can make a browser send (security.md, case 25), byte by byte to a real server: a session
 * cookie counts for our own pages alone, and no answer hands its token to a script.
 *
 * Seen to fail with the guard out: without `assertOwnPage` in http/server/session-cookies.ts every forged request made its
 * key; with the first of two cookies taken, a cookie that another port had set logged the victim in as the attacker.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { type RawAnswer, rawRequest, sendRaw } from '../support/raw-socket.ts';

let server: KandaProcess;
let access: AccountAccess;
let cookie: string;
let ours: string;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  ours = new URL(server.url).host;
  const { email, password } = access;
  const answer = await new Caller(server.url, {}, 1).post('/api/auth/login', {
    email,
    password,
    session: 'cookie',
  });
  cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
  expect(answer.text).not.toContain(cookie.slice(cookie.indexOf('=') + 1));
});
afterAll(endAll);

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: object | null = null,
): Promise<RawAnswer> {
  const json = body === null ? {} : { 'Content-Type': 'application/json' };
  const text = body === null ? '' : JSON.stringify(body);
  return sendRaw(server.port, rawRequest(method, path, { Host: ours, ...json, ...headers }, text));
}

async function keys(): Promise<number> {
  const answer = await new Caller(server.url, {}, 1).withBearer(access.token).get('/api/keys');
  return answer.json.data.length;
}

test('a browser of ours is let in: the forged requests below differ from this one in one thing each', async () => {
  const origin = `http://${ours}`;
  const before = await keys();
  const headers = { Cookie: cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' };
  expect((await send('POST', '/api/keys', headers, { name: 'made by us' })).status).toBe(201);
  expect(await keys()).toBe(before + 1);
});

test('forged requests change nothing, by whatever way they come', async () => {
  const evil = 'http://evil.example';
  const rebound = `evil.example:${server.port}`;
  const otherPort = 'http://127.0.0.1:1';
  const forged: [string, Readonly<Record<string, string>>][] = [
    ['another site', { Origin: evil, 'Sec-Fetch-Site': 'cross-site' }],
    ['another site, in an old browser', { Origin: evil }],
    ['another port of this machine', { Origin: otherPort, 'Sec-Fetch-Site': 'same-site' }],
    ['another port, in an old browser', { Origin: otherPort }],
    ['a sandboxed frame', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
    ['a data: page', { Origin: 'null' }],
    ['a redirect back to us', { Origin: `${evil}, http://${ours}` }],
    ['DNS rebinding', { Host: rebound, Origin: `http://${rebound}`, 'Sec-Fetch-Site': 'same-origin' }],
    ['DNS rebinding with our host as the origin', { Host: rebound, Origin: `http://${ours}` }],
    ['a forged proxy', { Origin: evil, 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http' }],
    ['our origin in another case and more', { Origin: `HTTP://${ours}.EVIL.EXAMPLE` }],
    ['a plug-in that spells it in two headers', { Origin: `http://${ours}`, 'sec-fetch-site': 'cross-site' }],
  ];
  const before = await keys();
  for (const [name, headers] of forged) {
    const answer = await send('POST', '/api/keys', { Cookie: cookie, ...headers }, { name });
    expect([401, 403], `${name}: ${answer.body}`).toContain(answer.status);
    expect(['cross_site_request', 'credentials_missing'], name).toContain(answer.json.code);
    expect(answer.headers, name).not.toHaveProperty('access-control-allow-origin');
  }
  expect(await keys()).toBe(before);
});

test('what forms and beacons can send is no JSON, and makes nothing', async () => {
  const before = await keys();
  const body = JSON.stringify({ name: 'a form' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { Host: ours, Cookie: cookie, Origin: `http://${ours}`, 'Content-Type': type };
    const answer = await sendRaw(server.port, rawRequest('POST', '/api/keys', headers, body));
    expect(answer.status).toBe(415);
  }
  expect(await keys()).toBe(before);
});

test('a session that an attacker has chosen is never taken over by a log-in', async () => {
  const attacker = await openAccount(server.url);
  const chosen = `kanda_session=${attacker.token}`;
  const { email, password } = access;
  const answer = await send(
    'POST',
    '/api/auth/login',
    { Cookie: chosen, Origin: `http://${ours}` },
    { email, password, session: 'cookie' },
  );
  expect(answer.status).toBe(200);
  const fresh = answer.headers['set-cookie']?.split(';', 1)[0] ?? '';
  expect(fresh).not.toBe(chosen);
  expect((await send('GET', '/api/auth/me', { Cookie: fresh })).json).toMatchObject({ email });
  // Planted beside the victim's own, it decides nothing.
  for (const both of [`${chosen}; ${cookie}`, `${cookie}; ${chosen}`]) {
    expect((await send('GET', '/api/auth/me', { Cookie: both })).json.code).toBe('token_invalid');
  }
});

test('a bearer needs none of this: no cookie, no origin', async () => {
  const headers = { Authorization: `Bearer ${access.token}`, Origin: 'https://app.example' };
  expect((await send('GET', '/api/auth/me', headers)).status).toBe(200);
  // A cookie beside it is not looked at, be it good or bad.
  const beside = { ...headers, Cookie: `${cookie}; ${cookie}`, 'Sec-Fetch-Site': 'cross-site' };
  expect((await send('GET', '/api/auth/me', beside)).status).toBe(200);
  expect((await send('GET', '/api/auth/me', { ...beside, Authorization: 'Bearer x' })).status).toBe(401);
});

test('a log-out ends the session everywhere, not only the cookie', async () => {
  const { email, password } = access;
  const login = await send(
    'POST',
    '/api/auth/login',
    { Origin: `http://${ours}` },
    { email, password, session: 'cookie' },
  );
  const own = login.headers['set-cookie']?.split(';', 1)[0] ?? '';
  const out = await send('POST', '/api/auth/logout', { Cookie: own, Origin: `http://${ours}` });
  expect([out.status, out.headers['set-cookie']]).toEqual([
    204,
    'kanda_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
  ]);
  const token = own.slice(own.indexOf('=') + 1);
  expect((await send('GET', '/api/auth/me', { Cookie: own })).status).toBe(401);
  expect((await send('GET', '/api/auth/me', { Authorization: `Bearer ${token}` })).status).toBe(401);
});
