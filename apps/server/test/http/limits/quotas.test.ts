/** What one account may have: clients, keys, events in 24 hours, storage. */
import { afterEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  HOUR,
  MINUTE,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

async function start(config: object): Promise<void> {
  kanda = await startApp({ config });
  account = await kanda.signUp();
}
afterEach(() => kanda.close());

const enrol = (clientId: string) =>
  account.call('POST', '/api/totp/register', { clientId, label: 'ada', issuer: 'MyApp', qr: 'none' });
const makeKey = (name: string) => account.call('POST', '/api/keys', { name });
const validate = (clientId: string, token = '000000') =>
  account.call('POST', '/api/totp/validate', { clientId, token });
const quotas = async () => (await account.call('GET', '/api/stats')).json().quotas;
/** Lets what is read beside the calls be read. */
const readAgain = async () => {
  kanda.advance(SECOND);
  await validate('unknown');
  await new Promise((resolve) => setTimeout(resolve, 50));
};
const lastEvent = async () => (await account.call('GET', '/api/logs?limit=1')).json().data[0].id;

describe('clients', () => {
  test('one too many is 403, of many at once too; when one is deleted there is room again', async () => {
    await start({ quotaClients: 2 });
    await enrol('one');
    const answers = await Promise.all(['two', 'three', 'four'].map(enrol));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403, 403]);
    const { detail } = expectProblem(await enrol('five'), 403, 'client_quota_exceeded');
    expect(detail).toContain('2 users that it may have');
    expect((await quotas()).clients).toEqual({ used: 2, limit: 2 });
    await account.call('DELETE', '/api/totp/clients/one');
    expect((await enrol('six')).statusCode).toBe(201);
  });
});

describe('API keys', () => {
  test('one too many is 403, of many at once too; when one is revoked there is room again', async () => {
    await start({ quotaKeys: 2 });
    const first = await makeKey('one');
    const answers = await Promise.all(['two', 'three', 'four'].map(makeKey));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403, 403]);
    expectProblem(await makeKey('five'), 403, 'key_quota_exceeded');
    expect((await quotas()).keys).toEqual({ used: 2, limit: 2 });
    await account.call('DELETE', `/api/keys/${first.json().id}`);
    expect((await makeKey('six')).statusCode).toBe(201);
  });
});

describe('events in 24 hours', () => {
  test('are counted by the hour, and older ones no more', async () => {
    await start({ quotaEvents: 1_000 });
    const before = (await quotas()).events.used;
    await validate('unknown');
    expect((await quotas()).events).toEqual({ used: before + 1, limit: 1_000 });
    kanda.advance(24 * HOUR);
    const answer = await account.call('GET', '/api/auth/me');
    expect(answer.statusCode).toBe(401);
    const again = await kanda.call('POST', '/api/auth/login', {
      email: account.email,
      password: 'seven quiet herons over the pond',
    });
    const stats = await account.as(again.json().token)('GET', '/api/stats');
    expect(stats.json().quotas.events.used).toBe(1);
  });

  test('over the quota nothing new is made and unknown clients are not looked at, and enrolled ones are', async () => {
    await start({ quotaEvents: 12 });
    const ada = await account.enrol('ada');
    const { call: byKey } = await account.createKey();
    while ((await quotas()).events.used < 12) await validate('unknown');
    await readAgain();
    const last = await lastEvent();
    const refusals = [
      await validate('unknown'),
      await enrol('bob'),
      await enrol('ada'),
      await makeKey('another'),
      await byKey('POST', '/api/totp/validate', { clientId: 'unknown', token: '000000' }),
    ];
    for (const refused of refusals) {
      const { detail } = expectProblem(refused, 429, 'event_quota_exceeded');
      expect(detail).toContain('codes of enrolled users');
      // The test's clock is 29 minutes and 44 seconds before the hour.
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(1_800);
    }
    expect(await lastEvent()).toBe(last);
    expect((await validate('ada', codeAt(ada.secret, kanda.now()))).json()).toEqual({ valid: true });
    expect((await validate('ada', wrongCodeAt(ada.secret, kanda.now()))).statusCode).toBe(200);
    expect(await lastEvent()).toBe(last + 2);
  });

  test('over the quota a secret is replaced, at once or when it is confirmed, and nothing is added', async () => {
    await start({ quotaEvents: 12 });
    for (const name of ['ada', 'bob']) await account.enrol(name);
    while ((await quotas()).events.used < 12) await validate('unknown');
    await readAgain();
    const rotate = (clientId: string, body: object) =>
      account.call('POST', `/api/totp/rotate/${clientId}`, { ...body, qr: 'none' });
    const add = await account.call('POST', '/api/totp/clients/bob/authenticators', {
      confirm: true,
      qr: 'none',
    });
    expectProblem(add, 429, 'event_quota_exceeded');
    expect((await rotate('ada', {})).statusCode).toBe(200);
    const pending = await rotate('bob', { confirm: true });
    expect(pending.statusCode, pending.body).toBe(201);
    // Shown again, it is no further one.
    const again = await rotate('bob', { confirm: true });
    expect(again.statusCode, again.body).toBe(200);
    expect(again.json().secret).toBe(pending.json().secret);
    const token = codeAt(pending.json().secret, kanda.now());
    const confirmed = await account.call('POST', '/api/totp/confirm', { clientId: 'bob', token });
    expect(confirmed.json()).toMatchObject({ confirmed: true });
    kanda.advance(MINUTE);
    expect((await validate('bob', codeAt(pending.json().secret, kanda.now()))).json()).toEqual({
      valid: true,
    });
  });

  test('at twice the quota no secret is replaced, in either way', async () => {
    await start({ quotaEvents: 6 });
    await account.enrol('ada');
    for (let used = 0; used < 12; used++) await validate('ada');
    await readAgain();
    for (const body of [{}, { confirm: true }])
      expectProblem(await account.call('POST', '/api/totp/rotate/ada', body), 429, 'event_quota_exceeded');
  });

  test('at twice the quota nothing more is written, but a key can be revoked once a second', async () => {
    await start({ quotaEvents: 6 });
    await account.enrol('ada');
    const { id, apiKey } = await account.createKey();
    const other = await kanda.signUp();
    const ofOther = await other.enrol('ada');
    for (let used = 0; used < 12; used++) await validate('ada');
    await readAgain();
    const last = await lastEvent();
    expect(last).toBeGreaterThanOrEqual(12);
    expectProblem(await validate('ada'), 429, 'event_quota_exceeded');
    expectProblem(await account.call('PUT', '/api/policy', {}), 429, 'event_quota_exceeded');
    expectProblem(await kanda.call('POST', '/api/auth/token', { apiKey }), 429, 'event_quota_exceeded');
    expect(await lastEvent()).toBe(last);
    expect((await account.call('DELETE', `/api/keys/${id}`)).statusCode).toBe(204);
    expectProblem(await account.call('DELETE', '/api/keys/none'), 429, 'event_quota_exceeded');
    kanda.advance(SECOND);
    expectProblem(await account.call('DELETE', '/api/keys/none'), 404, 'key_not_found');
    // It is the one account's alone.
    const code = codeAt(ofOther.secret, kanda.now());
    const valid = await other.call('POST', '/api/totp/validate', { clientId: 'ada', token: code });
    expect(valid.json()).toEqual({ valid: true });
  });
});

describe('storage', () => {
  test('over the quota nothing new is made, and codes are checked', async () => {
    await start({ quotaStorage: 1_500 });
    const ada = await account.enrol('ada');
    for (let event = 0; event < 3; event++) await validate('unknown');
    await readAgain();
    expectProblem(await enrol('bob'), 403, 'storage_quota_exceeded');
    expectProblem(await makeKey('another'), 403, 'storage_quota_exceeded');
    expectProblem(await validate('unknown'), 403, 'storage_quota_exceeded');
    const rotated = await account.call('POST', '/api/totp/rotate/ada', { confirm: true, qr: 'none' });
    expect(rotated.statusCode, rotated.body).toBe(201);
    expect((await validate('ada', codeAt(ada.secret, kanda.now()))).json()).toEqual({ valid: true });
    const { storage } = await quotas();
    expect(storage.used).toBeGreaterThanOrEqual(1_500);
  });
});

test('what is off has no limit', async () => {
  await start({ quotaClients: null, quotaKeys: null, quotaEvents: null, quotaStorage: null });
  expect((await enrol('ada')).statusCode).toBe(201);
  expect((await makeKey('one')).statusCode).toBe(201);
  for (const { limit } of Object.values(await quotas()) as { limit: unknown }[]) expect(limit).toBeNull();
});
