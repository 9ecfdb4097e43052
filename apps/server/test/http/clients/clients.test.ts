/** The enrolled clients: listed, looked at, unlocked, disabled, deleted. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  SECOND,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const iso = (time: number) => new Date(time).toISOString();
const path = (clientId: string) => `/api/totp/clients/${encodeURIComponent(clientId)}`;
const validate = (clientId: string, token: string) =>
  account.call('POST', '/api/totp/validate', { clientId, token });
const get = async (clientId: string) => (await account.call('GET', path(clientId))).json();
const list = async (query: string) => (await account.call('GET', `/api/totp/clients?${query}`)).json();
const ids = async (query: string) =>
  (await list(query)).data.map(({ clientId }: { clientId: string }) => clientId);

async function lock(clientId: string, secret: string): Promise<void> {
  for (let count = 0; count < 5; count++) await validate(clientId, wrongCodeAt(secret, kanda.now()));
}

describe('one client', () => {
  test('tells all about it but its secret', async () => {
    const { secret } = await account.enrol('alice', { algorithm: 'SHA256', digits: 8, period: 60 });
    const answer = await account.call('GET', path('alice'));
    expect(answer.json()).toEqual({
      ...{ clientId: 'alice', label: 'alice@example.com', issuer: 'MyApp', status: 'active' },
      ...{ authenticators: 1, expiresAt: null, weakSecret: false },
      lockedUntil: null,
      clockAheadUntil: null,
      failures: 0,
      failuresToday: 0,
      algorithm: 'SHA256',
      digits: 8,
      period: 60,
      createdAt: iso(START),
      rotatedAt: null,
      lastAcceptedAt: null,
    });
    expect(answer.body).not.toContain(secret);
    const weak = (await account.call('GET', '/api/totp/clients?weak=true')).json();
    expect(weak).toEqual({ data: [], nextCursor: null });
  });

  test('tells failures, the end of a delay, and the last success', async () => {
    const { secret } = await account.enrol('alice');
    await validate('alice', codeAt(secret, START));
    await lock('alice', secret);
    expect(await get('alice')).toMatchObject({
      status: 'locked',
      lockedUntil: iso(START + 30 * SECOND),
      failures: 5,
      failuresToday: 5,
      lastAcceptedAt: iso(START),
    });
    kanda.advance(30 * SECOND);
    expect(await get('alice')).toMatchObject({ status: 'active', lockedUntil: null, failures: 5 });
  });

  test('has any clientId of the contract in its path, percent-encoded or not', async () => {
    const clientId = 'a.b_c:d@e+f-g';
    await account.enrol(clientId);
    for (const written of [clientId, encodeURIComponent(clientId), clientId.replace('a', '%61')]) {
      expect((await account.call('GET', `/api/totp/clients/${written}`)).json()).toMatchObject({ clientId });
    }
  });
});

describe('the list', () => {
  test('is newest first, page by page, to its end, and holds no secret', async () => {
    const secrets = [];
    for (let count = 1; count <= 5; count++) secrets.push((await account.enrol(`client-${count}`)).secret);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(`limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
      expect(Object.keys(page)).toEqual(['data', 'nextCursor']);
      for (const secret of secrets) expect(JSON.stringify(page)).not.toContain(secret);
      seen.push(...page.data.map(({ clientId }: { clientId: string }) => clientId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['client-5', 'client-4', 'client-3', 'client-2', 'client-1']);
  });

  test('has 50 rows unless asked for others, at most 200', async () => {
    await Promise.all(Array.from({ length: 201 }, (_, count) => account.enrol(`client-${count}`)));
    expect((await list('')).data).toHaveLength(50);
    const page = await list('limit=200');
    expect(page.data).toHaveLength(200);
    expect((await list(`limit=200&cursor=${page.nextCursor}`)).data).toHaveLength(1);
  });

  test('of no one is empty', async () => {
    expect(await list('')).toEqual({ data: [], nextCursor: null });
  });

  test('finds by a part of clientId, label or issuer, in any case, with every character as itself', async () => {
    await account.enrol('u1', { label: 'Élodie', issuer: 'Shop' });
    await account.enrol('u2', { label: 'Bob', issuer: '100% Sûr_' });
    await account.enrol('u3', { label: 'Carol', issuer: 'Back\\slash' });
    expect(await ids('q=u2')).toEqual(['u2']);
    expect(await ids('q=BOB')).toEqual(['u2']);
    expect(await ids(`q=${encodeURIComponent('éLO')}`)).toEqual(['u1']);
    expect(await ids(`q=${encodeURIComponent('%')}`)).toEqual(['u2']);
    expect(await ids('q=_')).toEqual(['u2']);
    expect(await ids(`q=${encodeURIComponent('\\')}`)).toEqual(['u3']);
    expect(await ids(`q=${encodeURIComponent("' or 1=1 --")}`)).toEqual([]);
  });

  test('filters by status', async () => {
    await account.enrol('active');
    await account.enrol('disabled');
    const { secret } = await account.enrol('locked');
    await lock('locked', secret);
    await account.call('POST', `${path('disabled')}/disable`);
    for (const status of ['active', 'disabled', 'locked']) {
      expect(await ids(`status=${status}`)).toEqual([status]);
    }
    kanda.advance(30 * SECOND);
    expect(await ids('status=locked')).toEqual([]);
    expect(await ids('status=active')).toEqual(['locked', 'active']);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=-1',
    'limit=ten',
    'limit=',
    'limit=1&limit=2',
    'status=sleeping',
    'status=',
    'q=',
    `q=${'x'.repeat(129)}`,
    'q=a&q=b',
    'name=alice',
    '__proto__=1',
    'constructor[prototype]=1',
    `cursor=${'x'.repeat(65)}`,
  ])('refuses ?%s', async (query) => {
    expectProblem(await account.call('GET', `/api/totp/clients?${query}`), 400, 'query_invalid');
  });

  test.each([
    'x',
    'YS4w',
    'Zi4x',
    'YS4xZTM',
    'YS4x=',
    'YS4tMQ',
    'YS45MDA3MTk5MjU0NzQwOTkz',
    '..',
    'null',
    '%00',
  ])('refuses the cursor %s', async (cursor) => {
    expectProblem(await account.call('GET', `/api/totp/clients?cursor=${cursor}`), 400, 'cursor_invalid');
  });
});

describe('unlock', () => {
  test('ends a delay and forgets the failures that led to it', async () => {
    const { secret } = await account.enrol('alice');
    await lock('alice', secret);
    const answer = await account.call('POST', `${path('alice')}/unlock`);
    expect(answer.json()).toMatchObject({
      clientId: 'alice',
      status: 'active',
      lockedUntil: null,
      failures: 0,
      failuresToday: 0,
    });
    expect((await validate('alice', codeAt(secret, START))).json()).toEqual({ valid: true });
  });

  test('does not bring a used code back', async () => {
    const { secret } = await account.enrol('alice');
    const code = codeAt(secret, START);
    await validate('alice', code);
    await account.call('POST', `${path('alice')}/unlock`);
    expect((await validate('alice', code)).json()).toEqual({ valid: false, reason: 'invalid_code' });
  });
});

describe('unlock with resetClock', () => {
  const HOUR = 60 * 60 * 1000;

  // Seen to fail without clock_ahead, without the time in the view, and with an unlock that ignores resetClock.
  test('ends the refusals that a clock left by being ahead, which the client and the log show', async () => {
    const { secret } = await account.enrol('alice');
    const { call } = await account.createKey();
    kanda.setClock(START + HOUR);
    const judged = async () =>
      (
        await call('POST', '/api/totp/validate', { clientId: 'alice', token: codeAt(secret, kanda.now()) })
      ).json();
    expect(await judged()).toEqual({ valid: true });
    kanda.setClock(START);
    expect(await judged()).toEqual({ valid: false, reason: 'invalid_code' });
    expect((await call('GET', '/api/logs?clientId=alice')).json().data[0].reason).toBe('clock_ahead');
    expect((await call('GET', path('alice'))).json()).toMatchObject({
      status: 'active',
      failures: 0,
      clockAheadUntil: new Date(Math.floor((START + HOUR) / 30_000) * 30_000).toISOString(),
    });
    const reset = await call('POST', `${path('alice')}/unlock`, { resetClock: true });
    expect(reset.json()).toMatchObject({ clockAheadUntil: null });
    kanda.setClock(START + 90_000);
    expect(await judged()).toEqual({ valid: true });
  });

  test('is refused when it is misspelt, and has its default', async () => {
    await account.enrol('alice');
    for (const body of [{ resetclock: true }, { resetClock: 'yes' }])
      expect((await account.call('POST', `${path('alice')}/unlock`, body)).json().code).toBe('body_invalid');
    for (const body of [undefined, {}, { resetClock: false }])
      expect((await account.call('POST', `${path('alice')}/unlock`, body)).statusCode).toBe(200);
  });
});

describe('disable and enable', () => {
  test('answer with the client, each as often as they are asked', async () => {
    await account.enrol('alice');
    for (const [action, status] of [
      ['disable', 'disabled'],
      ['disable', 'disabled'],
      ['enable', 'active'],
      ['enable', 'active'],
    ]) {
      const answer = await account.call('POST', `${path('alice')}/${action}`);
      expect(answer.json()).toEqual(await get('alice'));
      expect(answer.json()).toMatchObject({ clientId: 'alice', status });
    }
  });

  test('do not end a delay', async () => {
    const { secret } = await account.enrol('alice');
    await lock('alice', secret);
    await account.call('POST', `${path('alice')}/disable`);
    expect((await account.call('POST', `${path('alice')}/enable`)).json().status).toBe('locked');
  });
});

describe('delete', () => {
  test('answers 204 without a body; then the client is unknown and its code worth nothing', async () => {
    const { secret } = await account.enrol('alice');
    const answer = await account.call('DELETE', path('alice'));
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expectProblem(await validate('alice', codeAt(secret, START)), 404, 'client_not_found');
    expectProblem(await account.call('DELETE', path('alice')), 404, 'client_not_found');
    expect(await ids('')).toEqual([]);
  });

  test('leaves the log, and a client enrolled anew has its history and a secret of its own', async () => {
    const old = await account.enrol('alice');
    await account.call('DELETE', path('alice'));
    const anew = await account.enrol('alice');
    expect((await validate('alice', codeAt(old.secret, START))).json().valid).toBe(false);
    expect((await validate('alice', codeAt(anew.secret, START))).json().valid).toBe(true);
    const { data } = (await account.call('GET', '/api/logs?clientId=alice')).json();
    expect(data.map(({ event }: { event: string }) => event)).toEqual([
      'totp.validated',
      'totp.validated',
      'client.registered',
      'client.deleted',
      'client.registered',
    ]);
  });
});

test('every change is an event of the client, by anyone who made it', async () => {
  await account.enrol('alice');
  const { id, call } = await account.createKey();
  for (const action of ['disable', 'enable', 'unlock']) await call('POST', `${path('alice')}/${action}`);
  await call('POST', '/api/totp/rotate/alice');
  await call('DELETE', path('alice'));
  const { data } = (await account.call('GET', '/api/logs?clientId=alice')).json();
  const made = { outcome: 'success', reason: null, clientId: 'alice', actor: `key:${id}` };
  expect(data).toMatchObject([
    { event: 'client.deleted', ...made },
    { event: 'client.rotated', ...made },
    { event: 'client.unlocked', ...made },
    { event: 'client.enabled', ...made },
    { event: 'client.disabled', ...made },
    { event: 'client.registered', actor: `account:${account.userId}` },
  ]);
});
