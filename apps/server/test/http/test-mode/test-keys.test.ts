/**
 * Keys of an account's test half, over HTTP, and what they share with the live half: nothing.
 */
import { describe, expect, test } from 'vitest';
import { codeAt, expectProblem, HOUR, startAppWithAccount } from '../support/start-app.ts';
import { TEST, testKeysOf } from './test-key.ts';

const { kanda, account } = await startAppWithAccount();
const { testKey, exchange } = testKeysOf(kanda);

describe('a test key', () => {
  test('is made by a log-in, is written as one, and is listed in its half alone', async () => {
    const owner = await kanda.signUp();
    const made = (await owner.call('POST', '/api/keys', { name: 'ci', mode: 'test' })).json();
    expect(made).toMatchObject({
      mode: 'test',
      apiKey: expect.stringMatching(/^kan_test_[a-z2-7]{16}_[a-z2-7]{39}$/),
    });
    expect((await owner.call('GET', '/api/keys')).json().data).toEqual([]);
    const listed = await owner.call('GET', '/api/keys', undefined, TEST);
    expect(listed.json().data).toMatchObject([{ id: made.id, mode: 'test', name: 'ci' }]);
    expect(listed.headers['kanda-mode']).toBe('test');
    expect((await owner.call('DELETE', `/api/keys/${made.id}`)).statusCode).toBe(404);
    expect((await owner.call('DELETE', `/api/keys/${made.id}`, undefined, TEST)).statusCode).toBe(204);
    expectProblem(
      await kanda.call('GET', '/api/auth/me', undefined, {
        headers: { authorization: `Bearer ${made.apiKey}` },
      }),
      401,
      'key_invalid',
    );
  });

  test('shows what it is of, with the address of the account', async () => {
    const { owner, call } = await testKey();
    const me = await call('GET', '/api/auth/me');
    expect(me.json()).toMatchObject({
      email: owner.email,
      mode: 'test',
      userId: expect.stringMatching(/^acc_test_/),
    });
    expect((await owner.call('GET', '/api/auth/me')).json()).toMatchObject({
      userId: owner.userId,
      mode: 'live',
    });
    // The halves are not switched where it is about the account itself.
    expect((await owner.call('GET', '/api/auth/me', undefined, TEST)).json().mode).toBe('live');
  });

  test('makes keys of its own half, as a live one does, and none of the other', async () => {
    const scopes = ['keys:write', 'totp:read'];
    const { owner, call } = await testKey({ scopes });
    const live = await owner.createKey({ scopes });
    const ask = { name: 'another', scopes: ['totp:read'] };
    expect((await call('POST', '/api/keys', ask)).json().mode).toBe('test');
    expect((await live.call('POST', '/api/keys', ask)).json().mode).toBe('live');
    expectProblem(await call('POST', '/api/keys', { ...ask, mode: 'live' }), 403, 'login_required');
    expectProblem(await live.call('POST', '/api/keys', { ...ask, mode: 'test' }), 403, 'login_required');
    expectProblem(await owner.call('POST', '/api/keys', { ...ask, mode: 'live' }, TEST), 400, 'body_invalid');
  });

  test('is refused where a request says that it is for the other half, and a live one likewise', async () => {
    const { owner, call } = await testKey();
    const live = await owner.createKey();
    const says = (mode: string) => ({ headers: { 'kanda-mode': mode } });
    expect((await call('GET', '/api/totp/clients', undefined, says('test'))).statusCode).toBe(200);
    expect((await live.call('GET', '/api/totp/clients', undefined, says('live'))).statusCode).toBe(200);
    expectProblem(await call('GET', '/api/totp/clients', undefined, says('live')), 403, 'mode_mismatch');
    expectProblem(await live.call('GET', '/api/totp/clients', undefined, says('test')), 403, 'mode_mismatch');
    expectProblem(await live.call('GET', '/api/logs?mode=test'), 403, 'mode_mismatch');
    for (const mode of ['Test', '', 'live, test', 'sandbox'])
      expectProblem(await owner.call('GET', '/api/policy', undefined, says(mode)), 400, 'request_malformed');
  });

  test('shares no client, no event and no policy with the live half', async () => {
    const { owner, call, enrol } = await testKey();
    const real = await owner.enrol('ada');
    const madeUp = await enrol('ada');
    expect(madeUp.secret).not.toBe(real.secret);
    const body = { clientId: 'ada', token: codeAt(real.secret, kanda.now()) };
    expect((await call('POST', '/api/totp/validate', body)).json().valid).toBe(false);
    expect((await owner.call('POST', '/api/totp/validate', body)).json()).toEqual({ valid: true });
    await owner.call('PUT', '/api/policy', { skew: 2 }, TEST);
    expect((await owner.call('GET', '/api/policy')).json().policy.skew).toBe(1);
    expect((await call('GET', '/api/policy')).json().policy.skew).toBe(2);
    const eventsOf = async (asked: object) =>
      (await owner.call('GET', '/api/logs', undefined, asked))
        .json()
        .data.map(({ event }: { event: string }) => event);
    expect(await eventsOf(TEST)).toEqual([
      'account.policy_changed',
      'totp.validated',
      'client.registered',
      'key.created',
      'test.created',
    ]);
    expect(await eventsOf({})).toEqual([
      'totp.validated',
      'client.registered',
      'account.login',
      'account.registered',
    ]);
    // Links and EventSource send no headers of their own.
    const csv = await owner.call('GET', '/api/logs?format=csv&mode=test');
    expect(csv.body).toContain('test.created');
    expect(csv.headers['kanda-mode']).toBe('test');
  });

  test('has small quotas, whatever the account may have', async () => {
    const { owner } = await testKey();
    const { quotas } = (await owner.call('GET', '/api/stats', undefined, TEST)).json();
    expect(quotas).toMatchObject({
      clients: { limit: 1_000 },
      keys: { used: 1, limit: 20 },
      events: { limit: 100_000 },
      storage: { limit: 200_000_000 },
    });
    for (let count = 1; count < 20; count++) await owner.createKey({ mode: 'test' });
    const refused = await owner.call('POST', '/api/keys', { name: 'one more', mode: 'test' });
    expectProblem(refused, 403, 'key_quota_exceeded');
    await owner.createKey();
  });
});

describe('every answer to a test bearer says so', () => {
  const modeOf = async (answer: ReturnType<typeof kanda.call>) => (await answer).headers['kanda-mode'];

  test('good ones, refusals, what does not exist, and a token that has ended', async () => {
    const { apiKey, call, advance } = await testKey();
    const exchanged = await exchange(apiKey);
    expect(exchanged.headers['kanda-mode']).toBe('test');
    const token = account.as(exchanged.json().token);
    expect(await modeOf(token('GET', '/api/policy'))).toBe('test');
    expect(await modeOf(call('PUT', '/api/policy', { skew: 1 }))).toBe('test');
    expect(await modeOf(call('POST', '/api/totp/validate', '{'))).toBe('test');
    expect(await modeOf(call('GET', '/api/totp/clients/no-one'))).toBe('test');
    expect(await modeOf(call('GET', '/api/totp/clients/no-one/nothing'))).toBe('test');
    await advance(2 * HOUR);
    const ended = await token('GET', '/api/policy');
    expectProblem(ended, 401, 'token_expired');
    expect(ended.headers['kanda-mode']).toBe('test');
  });

  test('and none to a live one', async () => {
    const { call } = await account.createKey();
    for (const answer of [
      call('GET', '/api/policy'),
      account.call('GET', '/api/logs'),
      kanda.call('GET', '/api/info'),
    ])
      expect(await modeOf(answer)).toBeUndefined();
    const exchanged = await account.createKey();
    const from = { remoteAddress: kanda.freshAddress() };
    expect(
      await modeOf(kanda.call('POST', '/api/auth/token', { apiKey: exchanged.apiKey }, from)),
    ).toBeUndefined();
  });
});
