/** How an account says how its codes are judged, and what it may not say. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

const DEFAULTS = {
  skew: 1,
  freeFailures: 5,
  firstDelaySeconds: 30,
  maxDelaySeconds: 3_600,
  dailyFailures: 50,
  tellReplays: false,
  confirmSkew: 2,
  maxAuthenticators: 5,
  lookAhead: 10,
  followDrift: false,
  trustedDevices: false,
};
const ALLOWED = {
  skew: { from: 0, to: 2 },
  freeFailures: { from: 1, to: 10 },
  firstDelaySeconds: { from: 1, to: 3_600 },
  maxDelaySeconds: { from: 1, to: 86_400 },
  dailyFailures: { from: 5, to: 100 },
  confirmSkew: { from: 0, to: 5 },
  maxAuthenticators: { from: 1, to: 8 },
  lookAhead: { from: 0, to: 50 },
};

let kanda: TestApp;

beforeAll(async () => {
  kanda = await startApp();
});
afterAll(() => kanda.close());

const read = async (account: TestAccount) => (await account.call('GET', '/api/policy')).json().policy;
const put = (account: TestAccount, policy: unknown) => account.call('PUT', '/api/policy', policy);
const validate = async (account: TestAccount, clientId: string, token: string) =>
  (await account.call('POST', '/api/totp/validate', { clientId, token })).json();

describe('GET /api/policy', () => {
  test('gives the policy, the defaults and what is allowed', async () => {
    const answer = await (await kanda.signUp()).call('GET', '/api/policy');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ policy: DEFAULTS, defaults: DEFAULTS, allowed: ALLOWED });
  });

  test('needs totp:read, which every key has unless it says otherwise', async () => {
    const account = await kanda.signUp();
    expect((await (await account.createKey()).call('GET', '/api/policy')).statusCode).toBe(200);
    const blind = await account.createKey({ scopes: ['keys:write'] });
    expectProblem(await blind.call('GET', '/api/policy'), 403, 'scope_missing');
    expectProblem(await kanda.call('GET', '/api/policy'), 401, 'credentials_missing');
  });
});

describe('PUT /api/policy', () => {
  test('replaces the whole policy and answers as GET does; what is left out is the default again', async () => {
    const account = await kanda.signUp();
    const first = await put(account, { skew: 2, dailyFailures: 20 });
    expect(first.statusCode).toBe(200);
    expect(first.json().policy).toEqual({ ...DEFAULTS, skew: 2, dailyFailures: 20 });
    expect((await account.call('GET', '/api/policy')).json()).toEqual(first.json());
    await put(account, { tellReplays: true });
    expect(await read(account)).toEqual({ ...DEFAULTS, tellReplays: true });
    await put(account, {});
    expect(await read(account)).toEqual(DEFAULTS);
  });

  test('takes what GET gave', async () => {
    const account = await kanda.signUp();
    const policy = { ...DEFAULTS, skew: 0, firstDelaySeconds: 3_600, maxDelaySeconds: 86_400 };
    await put(account, policy);
    expect((await put(account, await read(account))).json().policy).toEqual(policy);
  });

  test('changes nothing for another account', async () => {
    const [account, other] = [await kanda.signUp(), await kanda.signUp()];
    await put(account, { skew: 2 });
    expect(await read(other)).toEqual(DEFAULTS);
  });

  test.each(
    Object.entries(ALLOWED).flatMap(([field, { from, to }]) =>
      [from - 1, to + 1, -1, 1e300].map((value) => ({ field, value, from, to })),
    ),
  )('$field: $value is 400 and names the range', async ({ field, value, from, to }) => {
    const account = await kanda.signUp();
    const problem = expectProblem(await put(account, { [field]: value }), 400, 'policy_invalid');
    expect(problem.errors).toEqual([{ path: `/${field}`, message: `must be from ${from} to ${to}` }]);
    expect(problem.detail).toContain(`${field} must be from ${from} to ${to}`);
    expect(await read(account)).toEqual(DEFAULTS);
  });

  test('names every field that is out of range, and changes none', async () => {
    const account = await kanda.signUp();
    const answer = await put(account, { skew: 3, dailyFailures: 1, freeFailures: 3 });
    const { errors } = expectProblem(answer, 400, 'policy_invalid');
    expect(errors?.map(({ path }) => path)).toEqual(['/skew', '/dailyFailures']);
    expect(await read(account)).toEqual(DEFAULTS);
  });

  test('refuses a longest delay below the first one, given or default', async () => {
    const account = await kanda.signUp();
    const asked = { firstDelaySeconds: 120, maxDelaySeconds: 60 };
    const problem = expectProblem(await put(account, asked), 400, 'policy_invalid');
    expect(problem.errors).toEqual([
      { path: '/maxDelaySeconds', message: 'must be from 120 (firstDelaySeconds) to 86400' },
    ]);
    expectProblem(await put(account, { maxDelaySeconds: 10 }), 400, 'policy_invalid');
  });

  test.each([
    ['no body', undefined],
    ['a text for a number', { skew: '1' }],
    ['a fraction', { firstDelaySeconds: 1.5 }],
    ['null', { skew: null }],
    ['a number for a truth value', { tellReplays: 1 }],
    ['a setting that no one may change', { consecutiveFailures: 1_000 }],
    ['milliseconds', { firstDelayMs: 30_000 }],
    ['a list', [DEFAULTS]],
  ])('refuses %s', async (_, body) => {
    expectProblem(await put(await kanda.signUp(), body), 400, 'body_invalid');
  });

  test('needs keys:write: the key of an application cannot loosen what holds it back', async () => {
    const account = await kanda.signUp();
    const application = await account.createKey();
    expectProblem(await application.call('PUT', '/api/policy', { skew: 2 }), 403, 'scope_missing');
    const all = await account.createKey({
      scopes: ['totp:write', 'totp:validate', 'totp:read', 'logs:read'],
    });
    expectProblem(await all.call('PUT', '/api/policy', { skew: 2 }), 403, 'scope_missing');
    const administrator = await account.createKey({ scopes: ['keys:write'] });
    expect((await administrator.call('PUT', '/api/policy', { skew: 0 })).statusCode).toBe(200);
    expect(await read(account)).toEqual({ ...DEFAULTS, skew: 0 });
  });

  test('leaves an event that says who changed what; a refused one and one that changes nothing leave none', async () => {
    const account = await kanda.signUp();
    const key = await account.createKey({ scopes: ['keys:write'] });
    await key.call('PUT', '/api/policy', { firstDelaySeconds: 60, tellReplays: true });
    await put(account, { firstDelaySeconds: 60, tellReplays: true });
    await put(account, { skew: 9 });
    const { data } = (await account.call('GET', '/api/logs?event=account.policy_changed')).json();
    expect(data).toEqual([
      expect.objectContaining({
        event: 'account.policy_changed',
        outcome: 'success',
        reason: 'firstDelaySeconds=60 tellReplays=true',
        clientId: null,
        actor: `key:${key.id}`,
      }),
    ]);
  });
});

describe('a policy at work', () => {
  test('skew 0 accepts the current code only; skew 2 that of two steps ago', async () => {
    const account = await kanda.signUp();
    const { clientId, secret } = await account.enrol('skewed');
    const codeOf = (steps: number) => codeAt(secret, kanda.now() + steps * 30 * SECOND);
    await put(account, { skew: 0 });
    expect((await validate(account, clientId, codeOf(-1))).valid).toBe(false);
    await put(account, { skew: 2 });
    expect((await validate(account, clientId, codeOf(-2))).valid).toBe(true);
    expect((await validate(account, clientId, codeOf(3))).valid).toBe(false);
    expect((await validate(account, clientId, codeOf(2))).valid).toBe(true);
  });

  test('free failures, delays and the cap of the day are as set', async () => {
    const account = await kanda.signUp();
    const { clientId, secret } = await account.enrol('delayed');
    await put(account, { freeFailures: 2, firstDelaySeconds: 10, maxDelaySeconds: 20, dailyFailures: 5 });
    const fail = () => validate(account, clientId, wrongCodeAt(secret, kanda.now()));
    await fail();
    await fail();
    const waits = [];
    for (let failure = 0; failure < 3; failure++) {
      const { retryAfter } = await fail();
      waits.push(retryAfter);
      kanda.advance(retryAfter * SECOND);
      await fail();
    }
    expect(waits).toEqual([10, 20, 20]);
    expect(await fail()).toEqual({ valid: false, reason: 'locked' });
  });

  test('a used code reads code_already_used only where the account wants it so; the log knows either way', async () => {
    const account = await kanda.signUp();
    const { clientId, secret } = await account.enrol('replayed');
    const code = codeAt(secret, kanda.now());
    await validate(account, clientId, code);
    expect(await validate(account, clientId, code)).toEqual({ valid: false, reason: 'invalid_code' });
    await put(account, { tellReplays: true });
    expect(await validate(account, clientId, code)).toEqual({ valid: false, reason: 'code_already_used' });
    expect(await validate(account, clientId, wrongCodeAt(secret, kanda.now()))).toEqual({
      valid: false,
      reason: 'invalid_code',
    });
    const { data } = (await account.call('GET', `/api/logs?clientId=${clientId}&limit=3`)).json();
    expect(data.map(({ reason }: { reason: string }) => reason)).toEqual([
      'invalid_code',
      'code_already_used',
      'code_already_used',
    ]);
    const metrics = (await kanda.call('GET', '/metrics')).body;
    expect(metrics).toContain('kanda_verdicts_total{verdict="code_already_used"} 1');
  });

  test('a clock that ran ten years ahead locks no one out for longer than the delay that is due', async () => {
    const account = await kanda.signUp();
    const { clientId, secret } = await account.enrol('stranded');
    // A token would end on the way.
    const { call } = await account.createKey();
    const judged = async (token: string) =>
      (await call('POST', '/api/totp/validate', { clientId, token })).json();
    const present = kanda.now();
    kanda.setClock(present + 10 * 365 * 24 * 60 * MINUTE);
    for (let failure = 0; failure < 5; failure++) await judged(wrongCodeAt(secret, kanda.now()));
    kanda.setClock(present);
    const client = async () => (await call('GET', `/api/totp/clients/${clientId}`)).json();
    expect(Date.parse((await client()).lockedUntil)).toBe(present + MINUTE / 2);
    expect(await judged(codeAt(secret, present))).toEqual({
      valid: false,
      reason: 'locked',
      retryAfter: 30,
    });
    expect(Date.parse((await client()).lockedUntil)).toBe(present + MINUTE / 2);
    kanda.advance(MINUTE / 4);
    expect(await judged(codeAt(secret, kanda.now()))).toMatchObject({ retryAfter: 15 });
    kanda.advance(MINUTE / 4);
    expect(await judged(codeAt(secret, kanda.now()))).toEqual({ valid: true });
  });

  test('a row that cannot be read is judged by the defaults, and no batch fails', async () => {
    const [account, other] = [await kanda.signUp(), await kanda.signUp()];
    const [ada, eve] = [await account.enrol('ada'), await other.enrol('eve')];
    const sqlite = new DatabaseSync(kanda.databaseFile);
    sqlite.prepare('update account set policy = ? where public_id = ?').run('{"skew":', account.userId);
    sqlite.close();
    const verdicts = await Promise.all([
      validate(account, 'ada', codeAt(ada.secret, kanda.now() - 30 * SECOND)),
      validate(other, 'eve', codeAt(eve.secret, kanda.now())),
      validate(account, 'ada', codeAt(ada.secret, kanda.now() + 60 * SECOND)),
    ]);
    expect(verdicts).toEqual([{ valid: true }, { valid: true }, { valid: false, reason: 'invalid_code' }]);
    expect(await read(account)).toEqual(DEFAULTS);
    await put(account, { skew: 2 });
    expect(await read(account)).toEqual({ ...DEFAULTS, skew: 2 });
  });
});
