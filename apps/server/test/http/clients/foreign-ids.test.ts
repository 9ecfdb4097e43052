/**
 * Ids that others own, on every call that takes one: each is its own client, whatever its characters mean elsewhere.
 *
 * Seen to fail: with the parameter decoded once more (`decodeURIComponent` in strict-input.ts), `a%2Fb` was `a/b`; without
 * the normalization there, the decomposed spelling was 404; with the search
 * not normalized (list-clients.ts), a decomposed name was not found.
 */
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { FOREIGN_IDS } from '../../../../../test/support/foreign-ids.ts';
import { openApi } from '../support/documented.ts';
import { openRaw, request } from '../support/raw-request.ts';
import { codeAt, expectProblem, MINUTE, startAppWithAccount, wrongCodeAt } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();
await account.call('PUT', '/api/policy', { trustedDevices: true, followDrift: true });
const scopes = ['totp:write', 'totp:validate', 'totp:read', 'totp:support', 'logs:read', 'totp:import'];
const { call: callWithKey, apiKey } = await account.createKey({ scopes });

/** Every call with a clientId in its path, but those of test mode, which a live key does not have. */
const IN_PATHS = Object.entries(openApi.paths)
  .filter(([path]) => path.includes('{clientId}') && !path.startsWith('/api/test/'))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  .sort();

/** A client, whose calls are noted by their paths as openapi.json has them. */
class Client {
  readonly id: string;
  readonly asked = new Set<string>();
  secret = '';

  constructor(id: string) {
    this.id = id;
  }

  /** `more` comes after the id, `GET /api/totp/clients/{clientId}` without it. */
  async ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, inPath = '') {
    this.asked.add(`${method} ${path}`);
    const url = path.replace('{clientId}', encodeURIComponent(this.id)).replace(/\{\w+\}/, inPath);
    const answer = await callWithKey(method, url, body);
    expect(answer.statusCode, `${method} ${path} of ${this.id}: ${answer.body}`).toBeLessThan(300);
    return answer.statusCode === 204 ? null : answer.json();
  }

  get code(): string {
    kanda.advance(MINUTE);
    return codeAt(this.secret, kanda.now());
  }

  async post(path: string, body: object) {
    const answer = await callWithKey('POST', path, { clientId: this.id, ...body });
    expect(answer.statusCode, `${path} of ${this.id}: ${answer.body}`).toBeLessThan(300);
    return answer.json();
  }
}

const CLIENT = '/api/totp/clients/{clientId}';

/** Everything that can be done with a client but rotation and deletion. */
async function live(client: Client): Promise<void> {
  const names = { label: 'Alice', issuer: 'MyApp', qr: 'none' };
  const registered = await client.post('/api/totp/register', names);
  expect(registered.clientId).toBe(client.id);
  client.secret = registered.secret;
  expect(await client.post('/api/totp/validate', { token: client.code })).toEqual({ valid: true });
  expect(await client.ask('GET', CLIENT)).toMatchObject({ clientId: client.id, authenticators: 1 });
  // No more than a phone can scan.
  const label = [...client.id.replaceAll(':', ' ')].slice(0, 20).join('');
  const changed = await client.ask('PATCH', CLIENT, { label });
  expect(changed).toMatchObject({ clientId: client.id });
  await authenticators(client);
  await recoveryCodes(client);
  await devices(client);
  const wrong = wrongCodeAt(client.secret, kanda.now());
  expect(await client.post('/api/totp/validate', { token: wrong })).toMatchObject({ valid: false });
  await client.ask('POST', `${CLIENT}/diagnose`, { token: wrong });
  expect(await client.ask('POST', `${CLIENT}/unlock`)).toMatchObject({ clientId: client.id, failures: 0 });
  expect(await client.ask('POST', `${CLIENT}/disable`)).toMatchObject({ status: 'disabled' });
  expect(await client.ask('POST', `${CLIENT}/enable`)).toMatchObject({ status: 'active' });
}

async function authenticators(client: Client): Promise<void> {
  const added = await client.ask('POST', `${CLIENT}/authenticators`, { confirm: true, qr: 'none' });
  const { authenticatorId, secret } = added;
  kanda.advance(MINUTE);
  const token = codeAt(secret, kanda.now());
  expect(await client.post('/api/totp/confirm', { authenticatorId, token })).toMatchObject({
    confirmed: true,
  });
  const one = `${CLIENT}/authenticators/{authenticatorId}`;
  expect((await client.ask('GET', `${CLIENT}/authenticators`)).data).toHaveLength(2);
  await client.ask('PATCH', one, { name: 'Tablet' }, authenticatorId);
  expect(await client.ask('GET', one, undefined, authenticatorId)).toMatchObject({ name: 'Tablet' });
  kanda.advance(MINUTE);
  const tokens = [codeAt(secret, kanda.now()), codeAt(secret, kanda.now() + 30_000)];
  await client.ask('POST', `${one}/resync`, { tokens }, authenticatorId);
  await client.ask('DELETE', one, undefined, authenticatorId);
}

async function recoveryCodes(client: Client): Promise<void> {
  const { codes } = await client.ask('POST', `${CLIENT}/recovery-codes`, { count: 5 });
  const recoveryCode = codes[0];
  expect(await client.post('/api/totp/validate', { recoveryCode })).toMatchObject({
    valid: true,
    remainingRecoveryCodes: 4,
  });
  expect(await client.ask('GET', `${CLIENT}/recovery-codes`)).toMatchObject({ remaining: 4 });
  await client.ask('DELETE', `${CLIENT}/recovery-codes`);
}

async function devices(client: Client): Promise<void> {
  const trust = async () => {
    const answer = await client.post('/api/totp/validate', {
      token: client.code,
      trustDevice: { label: 'Firefox' },
    });
    return answer as { deviceToken: string; deviceId: string };
  };
  const { deviceToken, deviceId } = await trust();
  expect(await client.post('/api/totp/validate', { deviceToken })).toMatchObject({ valid: true });
  expect((await client.ask('GET', `${CLIENT}/devices`)).data).toHaveLength(1);
  expect(await client.ask('GET', `${CLIENT}/devices/{deviceId}`, undefined, deviceId)).toMatchObject({
    id: deviceId,
  });
  await client.ask('DELETE', `${CLIENT}/devices/{deviceId}`, undefined, deviceId);
  await trust();
  await client.ask('DELETE', `${CLIENT}/devices`);
}

const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();

/** The ids in the list of clients, page by page. */
async function listed(parameters: Record<string, string>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: Record<string, string> = cursor === '' ? {} : { cursor };
    const page = await callWithKey(
      'GET',
      `/api/totp/clients?${query({ limit: '7', ...parameters, ...more })}`,
    );
    expect(page.statusCode, page.body).toBe(200);
    const { data, nextCursor } = page.json<{ data: { clientId: string }[]; nextCursor: string | null }>();
    ids.push(...data.map(({ clientId }) => clientId));
    cursor = nextCursor;
  }
  return ids;
}

const clients = FOREIGN_IDS.map((id) => new Client(id));

test(`each of ${FOREIGN_IDS.length} ids is its own client on every call that takes one`, async () => {
  for (const client of clients) await live(client);
  expect((await listed({})).sort()).toEqual([...FOREIGN_IDS].sort());
  for (const client of clients) {
    const { secret } = await client.ask('POST', '/api/totp/rotate/{clientId}', { qr: 'none' });
    expect(await client.post('/api/totp/validate', { token: client.code })).toMatchObject({ valid: false });
    client.secret = secret;
    expect(await client.post('/api/totp/validate', { token: client.code })).toEqual({ valid: true });
  }
});

test.each(FOREIGN_IDS)('%j is found by search, whole and in part, and in the log', async (id) => {
  expect(await listed({ q: id })).toContain(id);
  expect(await listed({ q: id.normalize('NFD') })).toContain(id);
  expect(await listed({ q: id.toLowerCase() })).toContain(id);
  const middle = [...id].slice(0, 3).join('');
  expect(await listed({ q: middle })).toContain(id);

  const logged = await callWithKey('GET', `/api/logs?${query({ clientId: id, limit: '200' })}`);
  const events = logged.json<{ data: { clientId: string; event: string }[] }>().data;
  expect(events.map(({ event }) => event)).toContain('client.rotated');
  expect(new Set(events.map(({ clientId }) => clientId))).toEqual(new Set([id]));
  const ndjson = await callWithKey('GET', `/api/logs?${query({ clientId: id, format: 'ndjson' })}`);
  const lines = ndjson.body.split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  const decomposed = await callWithKey('GET', `/api/logs?${query({ clientId: id.normalize('NFD') })}`);
  expect(decomposed.json().data[0]).toEqual(events[0]);
});

test('no cell of the log as CSV is a formula, wherever a sheet splits it', async () => {
  const { body } = await callWithKey('GET', '/api/logs?format=csv');
  for (const line of body.split('\r\n')) {
    for (const cell of line.split(/[,;\t]/)) expect(cell.replace(/^"/, '')).not.toMatch(/^[=+\-@＝＋－＠]/);
  }
  // RFC 4180: a quote in a cell is doubled.
  expect(body).toContain(`,"${'"a","b"'.replaceAll('"', '""')}",`);
  expect(body).toContain(",'=1+1,");
  expect(body).toContain(",x;'=1+1,");
});

test('a stream of one id has its events alone', async () => {
  await kanda.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = kanda.app.server.address() as AddressInfo;
  for (const id of ['a%2Fb', 'Zo\u00eb', 'a&clientId=b', "';drop table client;--"]) {
    const url = `http://127.0.0.1:${port}/api/logs/stream?${query({ clientId: id.normalize('NFD') })}`;
    const hangUp = new AbortController();
    const { signal } = hangUp;
    const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` }, signal });
    for (const one of ['a/b', id]) {
      const target = `/api/totp/clients/${encodeURIComponent(one)}/unlock`;
      expect((await callWithKey('POST', target)).statusCode).toBe(200);
    }
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (/^data: .*$/m.test(text) && text.endsWith('\n\n')) break;
    }
    hangUp.abort();
    const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ clientId: id, event: 'client.unlocked' });
  }
});

test('a search takes wildcards for what they are', async () => {
  expect(await listed({ q: '_' })).toEqual(FOREIGN_IDS.filter((id) => id.includes('_')).reverse());
  expect((await listed({ q: '%' })).sort()).toEqual(FOREIGN_IDS.filter((id) => id.includes('%')).sort());
  expect((await listed({ q: '\\' })).sort()).toEqual(FOREIGN_IDS.filter((id) => id.includes('\\')).sort());
});

test('every way to write an id in a path is the same id, and %2F separates nothing', async () => {
  const send = await openRaw(kanda);
  const get = async (part: string) => {
    const headers = [`Authorization: Bearer ${apiKey}`];
    const { status, body } = await send(request('GET', `/api/totp/clients/${part}`, headers));
    return [status, JSON.parse(body).clientId ?? JSON.parse(body).code];
  };
  expect(await get('a%2Fb')).toEqual([200, 'a/b']);
  expect(await get('a%2fb')).toEqual([200, 'a/b']);
  expect(await get('%61%2F%62')).toEqual([200, 'a/b']);
  expect(await get('a%252Fb')).toEqual([200, 'a%2Fb']);
  expect(await get('a%25252Fb')).toEqual([200, 'a%252Fb']);
  expect(await get('a/b')).toEqual([404, 'route_not_found']);
  expect(await get('%2Fa')).toEqual([200, '/a']);
  expect(await get('a%2F%2Fb%2F')).toEqual([200, 'a//b/']);
  expect(await get('%5C')).toEqual([200, '\\']);
  expect(await get('\\')).toEqual([200, '\\']);
  expect(await get('%25')).toEqual([200, '%']);
  expect(await get('%252e%252e')).toEqual([200, '%2e%2e']);
  expect(await get('%25zz')).toEqual([200, '%zz']);
  expect(await get('a;x=1')).toEqual([200, 'a;x=1']);
  expect(await get('a+b')).toEqual([200, 'a+b']);
  expect(await get('a%20b')).toEqual([200, 'a b']);
  expect(await get('Zo%C3%AB')).toEqual([200, 'Zo\u00eb']);
  expect(await get('Zoe%CC%88')).toEqual([200, 'Zo\u00eb']);
  expect(await get(encodeURIComponent('z'.repeat(128)))).toEqual([200, 'z'.repeat(128)]);
  expect(await get(encodeURIComponent('😀'.repeat(128)))).toEqual([200, '😀'.repeat(128)]);
  // The longest that there are.
  for (const long of ['\u03b1\u0313\u0300\u0345', '\u1112\u1161\u11ab', '/', '%'])
    expect(await get(encodeURIComponent(long.repeat(128)))).toEqual([404, 'client_not_found']);
  expect(await get(encodeURIComponent('/'.repeat(129)))).toEqual([400, 'params_invalid']);
  // What this has for a name would be the path of another call if it were decoded before it is routed.
  expect(await get('unlock%2F..')).toEqual([400, 'params_invalid']);
  expect(await get('a%2Fauthenticators')).toEqual([404, 'client_not_found']);
});

test('in a body an id is the same however it is composed', async () => {
  const again = { clientId: 'Zoe\u0308', label: 'Alice', issuer: 'MyApp', qr: 'none' };
  expectProblem(await callWithKey('POST', '/api/totp/register', again), 409, 'client_exists');
  const zoe = clients.find(({ id }) => id === 'Zo\u00eb') as Client;
  const answer = await callWithKey('POST', '/api/totp/validate', {
    clientId: 'Zoe\u0308',
    token: zoe.code,
  });
  expect(answer.json()).toEqual({ valid: true });
});

test('a replayed request with a key is answered again, of each id', async () => {
  for (const client of clients) {
    const headers = { 'idempotency-key': `key ${clients.indexOf(client)}` };
    const url = `/api/totp/clients/${encodeURIComponent(client.id)}/unlock`;
    const ask = () => callWithKey('POST', url, undefined, { headers });
    const first = await ask();
    expect(first.statusCode, first.body).toBe(200);
    const second = await ask();
    expect([second.body, second.headers['idempotent-replayed']]).toEqual([first.body, 'true']);
  }
});

test('no line of the operator has an id', () => {
  const lines = JSON.stringify(kanda.logged);
  for (const id of FOREIGN_IDS.filter(({ length }) => length > 4)) {
    expect(lines).not.toContain(JSON.stringify(id).slice(1, -1));
    expect(lines).not.toContain(encodeURIComponent(id));
  }
});

test('the deletion of one leaves the others', async () => {
  const left = [...FOREIGN_IDS];
  for (const client of clients) {
    await client.ask('DELETE', CLIENT);
    left.shift();
    expect((await listed({})).sort()).toEqual([...left].sort());
    for (const path of IN_PATHS) expect([...client.asked], `${path} of ${client.id}`).toContain(path);
  }
});
