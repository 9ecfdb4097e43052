/** Log-ins as sessions: listed, ended, and what a changed password does to them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Call,
  expectProblem,
  HOUR,
  MINUTE,
  PASSWORD,
  SECOND,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';
import { logIn, OwnFactor } from './own-factor.ts';

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

const NEW_PASSWORD = 'another sentence of my own';

const me = (call: Call) => call('GET', '/api/auth/me');
const from = () => ({ remoteAddress: kanda.freshAddress() });
/** One more log-in of the account. */
const another = async (more: object = {}) =>
  account.as((await logIn(kanda, account.email, more)).json().token);
const list = async (call = account.call, query = '') =>
  (await call('GET', `/api/auth/sessions${query}`)).json<{
    data: SessionJson[];
    nextCursor: string | null;
  }>();
const change = (body: object, call = account.call) => call('POST', '/api/auth/password', body, from());
const newest = async () =>
  (await account.call('GET', '/api/logs?limit=1')).json<{ data: { event: string }[] }>().data[0];

interface SessionJson {
  readonly id: string;
  readonly current: boolean;
  readonly [field: string]: unknown;
}

describe('the list', () => {
  test('has each log-in with its address, its user agent and its times, newest first, this one marked', async () => {
    kanda.advance(MINUTE);
    await kanda.call(
      'POST',
      '/api/auth/login',
      { email: account.email, password: PASSWORD },
      { remoteAddress: '192.0.2.9', headers: { 'user-agent': 'Firefox' } },
    );
    const { data, nextCursor } = await list();
    expect(nextCursor).toBeNull();
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^ses_[0-9a-f]{30}$/),
        current: false,
        createdAt: '2026-01-31T09:31:15.000Z',
        lastSeenAt: '2026-01-31T09:31:15.000Z',
        expiresAt: '2026-01-31T10:31:15.000Z',
        ip: '192.0.2.9',
        userAgent: 'Firefox',
      },
      expect.objectContaining({ current: true, createdAt: '2026-01-31T09:30:15.000Z' }),
    ]);
  });

  test('tells when a log-in was last used, to about a minute', async () => {
    kanda.advance(30 * SECOND);
    await me(account.call);
    expect((await list()).data[0]?.lastSeenAt).toBe('2026-01-31T09:30:15.000Z');
    kanda.advance(45 * SECOND);
    await me(account.call);
    // The note is made beside the answer, not before it.
    await expect.poll(async () => (await list()).data[0]?.lastSeenAt).toBe('2026-01-31T09:31:30.000Z');
  });

  test('comes page by page, and leaves out what has expired', async () => {
    for (let login = 0; login < 4; login++) await another();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(
        account.call,
        `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(5);

    kanda.advance(HOUR - SECOND);
    const late = await another();
    kanda.advance(SECOND);
    expect((await list(late)).data).toHaveLength(1);
  });

  test('is the account’s own', async () => {
    const other = await kanda.signUp();
    const [mine] = (await list()).data;
    expect((await list(other.call)).data.map(({ id }) => id)).not.toContain(mine?.id);
    expectProblem(await other.call('DELETE', `/api/auth/sessions/${mine?.id}`), 404, 'session_not_found');
    expect((await me(account.call)).statusCode).toBe(200);
  });
});

describe('ending', () => {
  test('one log-in stops its token at once, and no other', async () => {
    const [other, third] = [await another(), await another()];
    const doomed = (await list(other)).data.find(({ current }) => current);
    for (const call of [account.call, other, third]) expect((await me(call)).statusCode).toBe(200);
    expect((await account.call('DELETE', `/api/auth/sessions/${doomed?.id}`)).statusCode).toBe(204);
    expectProblem(await me(other), 401, 'token_invalid');
    for (const call of [account.call, third]) expect((await me(call)).statusCode).toBe(200);
    expect((await list()).data.map(({ id }) => id)).not.toContain(doomed?.id);
    expect(await newest()).toMatchObject({
      event: 'account.session_ended',
      outcome: 'success',
      actor: `account:${account.userId}`,
    });
  });

  test('all others leaves the one that asks, API keys and their tokens', async () => {
    const others = [await another(), await another()];
    const key = await account.createKey();
    const { token } = (await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey }, from())).json();
    for (const call of others) expect((await me(call)).statusCode).toBe(200);
    expect((await account.call('DELETE', '/api/auth/sessions')).statusCode).toBe(204);
    for (const call of others) expectProblem(await me(call), 401, 'token_invalid');
    for (const call of [account.call, key.call, account.as(token)]) {
      expect((await me(call)).statusCode).toBe(200);
    }
  });

  test('by logging out ends the log-in that asks', async () => {
    const other = await another();
    expect((await other('POST', '/api/auth/logout')).statusCode).toBe(204);
    expectProblem(await me(other), 401, 'token_invalid');
    expectProblem(await other('POST', '/api/auth/logout'), 401, 'token_invalid');
    expect((await me(account.call)).statusCode).toBe(200);
  });

  test('what is no log-in of the account is 404, and a failure in its log', async () => {
    expectProblem(
      await account.call('DELETE', '/api/auth/sessions/ses_000000000000000000000000000000'),
      404,
      'session_not_found',
    );
    expect(await newest()).toMatchObject({
      event: 'account.session_ended',
      outcome: 'failure',
      reason: 'session_not_found',
    });
  });

  test('a log-in by another process stops it here within two seconds', async () => {
    const other = await another();
    expect((await me(other)).statusCode).toBe(200);
    const { store } = kanda.installation;
    const [doomed, mine] = (await list()).data;
    const { id = 0 } = (await store.findAccountByPublicId(account.userId)) ?? {};
    await store.endSession(doomed?.id ?? '', {
      accountId: id,
      sessionId: mine?.id ?? '',
      at: kanda.now(),
      origin: { actor: 'cli', ip: null, userAgent: null, requestId: null },
    });
    kanda.advance(2 * SECOND);
    expectProblem(await me(other), 401, 'token_invalid');
    expect((await me(account.call)).statusCode).toBe(200);
  });
});

describe('a new password', () => {
  test('ends every other log-in and every traded token at once; this log-in and API keys go on', async () => {
    const other = await another();
    const key = await account.createKey();
    const { token } = (await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey }, from())).json();
    for (const call of [other, account.as(token)]) expect((await me(call)).statusCode).toBe(200);

    const answer = await change({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD });
    expect(answer.statusCode, answer.body).toBe(204);
    for (const call of [other, account.as(token)]) expectProblem(await me(call), 401, 'token_invalid');
    for (const call of [account.call, key.call]) expect((await me(call)).statusCode).toBe(200);
    expect(await newest()).toMatchObject({ event: 'account.password_changed', outcome: 'success' });
    expectProblem(await logIn(kanda, account.email), 401, 'credentials_invalid');
    expect((await logIn(kanda, account.email, { password: NEW_PASSWORD })).statusCode).toBe(200);
  });

  test('needs the current one; a wrong one is recorded, and changes and ends nothing', async () => {
    const other = await another();
    const wrong = { currentPassword: 'not the password at all', newPassword: NEW_PASSWORD };
    expectProblem(await change(wrong), 401, 'credentials_invalid');
    expect(await newest()).toMatchObject({
      event: 'account.password_changed',
      outcome: 'failure',
      reason: 'credentials_invalid',
    });
    expect((await me(other)).statusCode).toBe(200);
    expect((await logIn(kanda, account.email)).statusCode).toBe(200);
  });

  test('follows the same rules as the first one, and is named in the error', async () => {
    for (const [newPassword, code] of [
      ['too short', 'password_too_short'],
      ['password1234567', 'password_too_common'],
      [account.email.repeat(2), 'password_too_common'],
    ] as const) {
      const answer = await change({ currentPassword: PASSWORD, newPassword });
      expect(expectProblem(answer, 400, code).errors?.[0]?.path).toBe('/newPassword');
    }
  });

  test('needs the second factor where there is one', async () => {
    const factor = await OwnFactor.turnOn(kanda, account);
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expectProblem(await change(body), 401, 'totp_required');
    expectProblem(await change({ ...body, totp: factor.wrongCode() }), 401, 'totp_invalid');
    expect((await change({ ...body, totp: factor.nextCode() })).statusCode).toBe(204);
    const [recoveryCode] = factor.recoveryCodes;
    const next = { currentPassword: NEW_PASSWORD, newPassword: `${NEW_PASSWORD} again`, recoveryCode };
    expect((await change(next)).statusCode).toBe(204);
  });

  test('with guesses at the current one is limited like log-ins, and by the same count', async () => {
    const same = from();
    const guess = { currentPassword: 'not the password at all', newPassword: NEW_PASSWORD };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      statuses.push((await account.call('POST', '/api/auth/password', guess, same)).statusCode);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    const login = { email: account.email, password: PASSWORD };
    expectProblem(await kanda.call('POST', '/api/auth/login', login, same), 429, 'rate_limited');
  });
});
