/**
 * The clock of a test half, and what follows it.
 *
 * Seen to fail: with test bearers remembered as live ones are (domain/keys/bearers.ts), a token and a key outlived their end
 * by the half's clock; with the server's clock in place of the half's in `createRequestClock`, two of these.
 */
import { describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  HOUR,
  MINUTE,
  SECOND,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';
import { DAY, iso, TEST, testKeysOf } from './test-key.ts';

const { kanda, account } = await startAppWithAccount();
const { testKey, exchange } = testKeysOf(kanda);

describe('the clock of a test half', () => {
  test('shows the time of the server until it is set forward, and is ahead from then on', async () => {
    const { owner, call, advance } = await testKey();
    expect((await call('GET', '/api/test/clock')).json()).toEqual({
      now: iso(kanda.now()),
      offsetSeconds: 0,
    });
    expect(await advance(90 * SECOND)).toEqual({ now: iso(kanda.now() + 90 * SECOND), offsetSeconds: 90 });
    await advance(DAY);
    const ahead = { now: iso(kanda.now() + DAY + 90 * SECOND), offsetSeconds: DAY / SECOND + 90 };
    expect((await call('GET', '/api/test/clock')).json()).toEqual(ahead);
    expect((await owner.call('GET', '/api/test/clock', undefined, TEST)).json()).toEqual(ahead);
    const [newest] = (await call('GET', '/api/logs')).json().data;
    expect(newest).toMatchObject({
      event: 'test.clock_advanced',
      reason: String(DAY / SECOND),
      createdAt: ahead.now,
    });
    expect((await call('GET', '/api/stats')).json().to).toBe(ahead.now);
  });

  test.each([0, -1, 1.5, '30', 3_153_600_001])('is not set forward by %j', async (advanceSeconds) => {
    const { call } = await testKey();
    expectProblem(await call('POST', '/api/test/clock', { advanceSeconds }), 400, 'body_invalid');
  });

  test('is set forward once for a request that is sent again, however far it went', async () => {
    const { call } = await testKey();
    const headers = { 'idempotency-key': 'once' };
    const ask = () => call('POST', '/api/test/clock', { advanceSeconds: (40 * DAY) / SECOND }, { headers });
    const first = await ask();
    const again = await ask();
    expect(again.json()).toEqual(first.json());
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect((await call('GET', '/api/test/clock')).json().offsetSeconds).toBe((40 * DAY) / SECOND);
  });

  test('ends a lock, a pending enrolment, a key and a token', async () => {
    const soon = iso(kanda.now() + 30 * DAY);
    const { apiKey, owner, call, advance, code, enrol, validate } = await testKey({ expiresAt: soon });
    const { secret } = await enrol('ada');
    await enrol('late', { confirm: true });
    const exchanged = await exchange(apiKey);
    const token = account.as(exchanged.json().token);
    for (let wrong = 0; wrong < 5; wrong++) await validate('ada', wrongCodeAt(secret, kanda.now()));
    const locked = await validate('ada', (await code('ada')).code);
    expect(locked).toMatchObject({ valid: false, reason: 'locked' });
    await advance(locked.retryAfter * SECOND);
    expect(await validate('ada', (await code('ada')).code)).toEqual({ valid: true });
    await advance(16 * MINUTE);
    expectProblem(await call('GET', '/api/totp/clients/late'), 404, 'client_not_found');
    expect((await token('GET', '/api/policy')).statusCode).toBe(200);
    await advance(HOUR);
    expectProblem(await token('GET', '/api/policy'), 401, 'token_expired');
    await advance(30 * DAY);
    expectProblem(await call('GET', '/api/policy'), 401, 'key_invalid');
    // Nothing of it has happened to the log-in.
    expect((await owner.call('GET', '/api/auth/me')).statusCode).toBe(200);
    expect((await owner.createKey({ mode: 'test', expiresAt: iso(kanda.now() + 40 * DAY) })).apiKey).toMatch(
      /^kan_test_/,
    );
  });

  test('moves no live time: neither codes nor tokens, nor the log', async () => {
    const { owner, advance } = await testKey();
    const real = await owner.enrol('ada');
    const { apiKey } = await owner.createKey();
    const exchanged = await exchange(apiKey);
    await advance(365 * DAY);
    const token = account.as(exchanged.json().token);
    const body = { clientId: 'ada', token: codeAt(real.secret, kanda.now()) };
    expect((await token('POST', '/api/totp/validate', body)).json()).toEqual({ valid: true });
    const [newest] = (await owner.call('GET', '/api/logs')).json().data;
    expect(newest.createdAt).toBe(iso(kanda.now()));
  });
});
