/** API keys: made, listed, revoked. */
import { expect, test } from 'vitest';
import { expectProblem, HOUR, MINUTE, SECOND, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

const create = (body: object) => account.call('POST', '/api/keys', { name: 'a key', ...body });
const DAY = 24 * HOUR;
const iso = (time: number) => new Date(time).toISOString();
const DEFAULT_SCOPES = ['totp:write', 'totp:validate', 'totp:read', 'logs:read'];

test('a new key answers 201 with id, name, apiKey, scopes and times, not to be stored', async () => {
  const answer = await create({ name: 'web shop' });
  expect(answer.statusCode).toBe(201);
  const { id } = answer.json();
  expect(answer.json()).toEqual({
    id: expect.stringMatching(/^[a-z2-7]{16}$/),
    mode: 'live',
    name: 'web shop',
    apiKey: expect.stringMatching(new RegExp(`^kan_${id}_[a-z2-7]{39}$`)),
    scopes: DEFAULT_SCOPES,
    createdAt: iso(kanda.now()),
    expiresAt: null,
  });
  expect(answer.headers['cache-control']).toBe('no-store');
});

test('a key has the scopes and the end that were asked for', async () => {
  const expiresAt = iso(kanda.now() + HOUR);
  const answer = await create({ scopes: ['totp:validate', 'keys:write'], expiresAt });
  expect(answer.json()).toMatchObject({ scopes: ['totp:validate', 'keys:write'], expiresAt });
});

test.each([
  { scopes: [] },
  { scopes: ['totp:everything'] },
  { scopes: ['totp:read', 'totp:read'] },
  { scopes: 'totp:read' },
  { name: '' },
  { name: 'x'.repeat(129) },
  { name: 'two\nlines' },
  { name: 7 },
  { expiresAt: 'tomorrow' },
  { expiresAt: '2026-02-30T00:00:00Z' },
  { expiresAt: '2026-03-01' },
  { expiresAt: 1790000000 },
  { expiresAt: '2025-12-31T23:59:59Z' },
  { id: 'mine' },
])('a key with %j is refused', async (body) => {
  const problem = expectProblem(await create(body), 400, 'body_invalid');
  expect(problem.errors?.[0]?.path).toMatch(new RegExp(`^/${Object.keys(body)[0]}`));
});

test('a key may have a name of 128 characters', async () => {
  expect((await create({ name: '🐘'.repeat(128) })).statusCode).toBe(201);
});

test('one key says what it did by day, and another account has no such key', async () => {
  const owner = await kanda.signUp();
  const { id, apiKey, call } = await owner.createKey({ name: 'web shop' });
  await call('POST', '/api/totp/validate', { clientId: 'none', token: '123456' });
  const { store } = kanda.installation;
  const { id: accountId = 0 } = (await store.findAccountByEmail(owner.email)) ?? {};
  const { lastEvent = 0 } = (await store.logHead(accountId)) ?? {};
  expect(await store.extendLogTree(accountId, 0, lastEvent, [])).toBe(true);
  const answer = await owner.call('GET', `/api/keys/${id}`);
  expect(answer.statusCode).toBe(200);
  const { use, ...key } = answer.json();
  expect(key).toMatchObject({ id, name: 'web shop', expiresAt: null });
  expect(use).toHaveLength(30);
  const today = iso(Math.floor(kanda.now() / DAY) * DAY);
  expect(use.at(-1)).toEqual({ start: today, accepted: 0, refused: 1, others: 0 });
  expect(use.at(-2)).toEqual({ start: iso(Date.parse(today) - DAY), accepted: 0, refused: 0, others: 0 });
  expect(answer.body).not.toContain(apiKey);
  expectProblem(await account.call('GET', `/api/keys/${id}`), 404, 'key_not_found');
});

test('the list is newest first, page by page, and never shows a key again', async () => {
  const owner = await kanda.signUp();
  for (const name of ['one', 'two', 'three']) await owner.createKey({ name });
  const first = (await owner.call('GET', '/api/keys?limit=2')).json();
  expect(first.data.map(({ name }: { name: string }) => name)).toEqual(['three', 'two']);
  expect(Object.keys(first.data[0])).toEqual([
    'id',
    'mode',
    'name',
    'scopes',
    'createdAt',
    'expiresAt',
    'lastUsedAt',
  ]);
  const second = (await owner.call('GET', `/api/keys?limit=2&cursor=${first.nextCursor}`)).json();
  expect(second.data.map(({ name }: { name: string }) => name)).toEqual(['one']);
  expect(second.nextCursor).toBeNull();
  expect(JSON.stringify([first, second])).not.toContain('kan_');
});

test.each(['limit=0', 'limit=201', 'limit=ten', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'page=2'])(
  'the list refuses ?%s',
  async (query) => {
    expectProblem(await account.call('GET', `/api/keys?${query}`), 400, 'query_invalid');
  },
);

test.each(['x', 'Zi4x', 'YS4w', 'YS4x%3D', 'a'.repeat(64)])(
  'the list refuses the cursor %s, which it never gave',
  async (cursor) => {
    expectProblem(await account.call('GET', `/api/keys?cursor=${cursor}`), 400, 'cursor_invalid');
  },
);

test('a key tells when it was last used, to the minute', async () => {
  const owner = await kanda.signUp();
  const key = await owner.createKey();
  const lastUsedAt = async () => (await owner.call('GET', '/api/keys')).json().data[0].lastUsedAt;
  expect(await lastUsedAt()).toBeNull();

  const first = kanda.now();
  await key.call('GET', '/api/auth/me');
  await expect.poll(lastUsedAt, { interval: 5 }).toBe(iso(first));

  kanda.advance(30 * SECOND);
  await key.call('GET', '/api/auth/me');
  kanda.advance(MINUTE);
  await key.call('GET', '/api/auth/me');
  await expect.poll(lastUsedAt, { interval: 5 }).toBe(iso(first + MINUTE + 30 * SECOND));
});

test('a trade for a token counts as a use', async () => {
  const owner = await kanda.signUp();
  const { apiKey } = await owner.createKey();
  const from = { remoteAddress: kanda.freshAddress() };
  await kanda.call('POST', '/api/auth/token', { apiKey }, from);
  expect((await owner.call('GET', '/api/keys')).json().data[0].lastUsedAt).toBe(iso(kanda.now()));
});

test('revoking answers 204 without a body, once; then the key is unknown', async () => {
  const { id } = await account.createKey();
  const answer = await account.call('DELETE', `/api/keys/${id}`);
  expect([answer.statusCode, answer.body]).toEqual([204, '']);
  expectProblem(await account.call('DELETE', `/api/keys/${id}`), 404, 'key_not_found');
  const { data } = (await account.call('GET', '/api/keys?limit=200')).json();
  expect(data.map((key: { id: string }) => key.id)).not.toContain(id);
});

test('a key cannot make a key that may do what it may not itself', async () => {
  const { call } = await account.createKey({ scopes: ['keys:write', 'totp:read'] });
  const make = (body: object) => call('POST', '/api/keys', { name: 'a key', ...body });
  expectProblem(await make({ scopes: ['totp:read', 'totp:write'] }), 403, 'scope_missing');
  // The default scopes are more than it has, too.
  expectProblem(await make({}), 403, 'scope_missing');
  expect((await make({ scopes: ['keys:write', 'totp:read'] })).statusCode).toBe(201);
});

test('a key cannot make a key that outlives it, and neither can its tokens', async () => {
  const expiresAt = iso(kanda.now() + HOUR);
  const key = await account.createKey({ scopes: ['keys:write'], expiresAt });
  const from = { remoteAddress: kanda.freshAddress() };
  const traded = await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey }, from);
  for (const call of [key.call, account.as(traded.json().token)]) {
    const make = (body: object) =>
      call('POST', '/api/keys', { name: 'a key', scopes: ['keys:write'], ...body });
    const later = iso(kanda.now() + HOUR + 1);
    const problem = expectProblem(await make({ expiresAt: later }), 400, 'body_invalid');
    expect(problem.errors?.[0]?.path).toBe('/expiresAt');
    expect((await make({})).json().expiresAt).toBe(expiresAt);
    expect((await make({ expiresAt })).json().expiresAt).toBe(expiresAt);
  }
});

test('making and revoking are events of the account, by anyone who did it', async () => {
  const owner = await kanda.signUp();
  const maker = await owner.createKey({ scopes: ['keys:write'] });
  const made = (await maker.call('POST', '/api/keys', { name: 'child', scopes: ['keys:write'] })).json();
  await owner.call('DELETE', `/api/keys/${made.id}`);
  const { data } = (await owner.call('GET', '/api/logs?limit=3')).json();
  expect(data).toMatchObject([
    { event: 'key.revoked', outcome: 'success', actor: `account:${owner.userId}` },
    { event: 'key.created', outcome: 'success', actor: `key:${maker.id}` },
    { event: 'key.created', outcome: 'success', actor: `account:${owner.userId}` },
  ]);
});
