/** Recovery codes of Kanda's own accounts, turning two-factor login off, and who may do any of it. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES } from '../../../src/domain/keys/scopes.ts';
import {
  type Answer,
  expectProblem,
  PASSWORD,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';
import { logIn, OwnFactor } from './own-factor.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp({ config: { secretExport: 'on' } });
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const me = async (one = account) => (await one.call('GET', '/api/auth/me')).json();
const from = () => ({ remoteAddress: kanda.freshAddress() });
const turnOff = (body: object) => account.call('DELETE', '/api/auth/two-factor', body, from());
const renew = (body: object) => account.call('POST', '/api/auth/two-factor/recovery-codes', body, from());
const events = async (one = account) =>
  (await one.call('GET', '/api/logs')).json<{
    data: { event: string; outcome: string; reason: string | null }[];
  }>().data;
const whatHappened = async () =>
  (await events()).map(({ event, outcome, reason }) => [event, outcome, reason]);

describe('a recovery code', () => {
  let factor: OwnFactor;
  beforeEach(async () => {
    factor = await OwnFactor.turnOn(kanda, account);
  });

  test('is good for one log-in, and the account sees how many are left', async () => {
    const [recoveryCode] = factor.recoveryCodes;
    expect((await logIn(kanda, account.email, { recoveryCode })).statusCode).toBe(200);
    expectProblem(await logIn(kanda, account.email, { recoveryCode }), 401, 'recovery_code_invalid');
    expect((await me()).twoFactor).toEqual({ active: true, recoveryCodesLeft: 9 });
    expect((await whatHappened()).slice(0, 3)).toEqual([
      ['account.login', 'failure', 'recovery_code_invalid'],
      ['account.login', 'success', null],
      ['account.recovery_code_used', 'success', null],
    ]);
  });

  test('may be typed as people copy it', async () => {
    const [one = '', two = '', three = ''] = factor.recoveryCodes;
    for (const recoveryCode of [
      one.toUpperCase(),
      two.replaceAll('-', ''),
      ` ${three.replaceAll('-', ' ')} `,
    ]) {
      expect((await logIn(kanda, account.email, { recoveryCode })).statusCode).toBe(200);
    }
  });

  test('sent eight times at once lets one in', async () => {
    const [recoveryCode] = factor.recoveryCodes;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => logIn(kanda, account.email, { recoveryCode })),
    );
    expect(statusesOf(answers)).toEqual([200, ...Array(7).fill(401)]);
  });

  test.each(['', 'abcd', 'aaaa-aaaa-aaaa-aaaa', 'aaaa-aaaa-aaaa-aaaa-aaaa', '9999-9999-9999-9999'])(
    'is not %j',
    async (recoveryCode) => {
      expectProblem(await logIn(kanda, account.email, { recoveryCode }), 401, 'recovery_code_invalid');
    },
  );

  test('is void once new ones were made', async () => {
    const renewed = await renew({ password: PASSWORD, totp: factor.nextCode() });
    expect(renewed.statusCode, renewed.body).toBe(200);
    expect(renewed.headers['cache-control']).toBe('no-store');
    const fresh: string[] = renewed.json().recoveryCodes;
    expect(new Set([...fresh, ...factor.recoveryCodes]).size).toBe(20);
    for (const recoveryCode of factor.recoveryCodes.slice(0, 2)) {
      expectProblem(await logIn(kanda, account.email, { recoveryCode }), 401, 'recovery_code_invalid');
    }
    expect((await logIn(kanda, account.email, { recoveryCode: fresh[0] })).statusCode).toBe(200);
  });

  test('stands nowhere in the store as it is shown', async () => {
    const bytes = ['', '-wal']
      .map((end) => `${kanda.databaseFile}${end}`)
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path).toString('latin1'))
      .join('');
    for (const code of factor.recoveryCodes) {
      expect(bytes).not.toContain(code);
      expect(bytes).not.toContain(code.replaceAll('-', ''));
    }
  });
});

describe('turning it off, and new recovery codes', () => {
  let factor: OwnFactor;
  beforeEach(async () => {
    factor = await OwnFactor.turnOn(kanda, account);
  });

  test.each([
    ['nothing but the password', () => ({ password: PASSWORD }), 'totp_required'],
    [
      'a wrong password',
      () => ({ password: 'not the password at all', totp: factor.nextCode() }),
      'credentials_invalid',
    ],
    ['a wrong code', () => ({ password: PASSWORD, totp: factor.wrongCode() }), 'totp_invalid'],
    ['a wrong recovery code', () => ({ password: PASSWORD, recoveryCode: 'aaaa' }), 'recovery_code_invalid'],
  ])('are refused with %s', async (_, body, code) => {
    expectProblem(await turnOff(body()), 401, code);
    expectProblem(await renew(body()), 401, code);
    expect((await whatHappened()).slice(0, 2)).toEqual([
      ['account.recovery_codes_replaced', 'failure', code],
      ['account.two_factor_disabled', 'failure', code],
    ]);
    expect((await me()).twoFactor).toEqual({ active: true, recoveryCodesLeft: 10 });
  });

  test('off with a code, the password is enough again, and every secret of it is gone', async () => {
    expect((await turnOff({ password: PASSWORD, totp: factor.nextCode() })).statusCode).toBe(204);
    expect((await me()).twoFactor).toEqual({ active: false, recoveryCodesLeft: 0 });
    expect((await logIn(kanda, account.email)).statusCode).toBe(200);
    expectProblem(await turnOff({ password: PASSWORD }), 409, 'two_factor_off');
    expectProblem(await renew({ password: PASSWORD }), 409, 'two_factor_off');
  });

  test('off with a recovery code, and on again with another secret', async () => {
    const [recoveryCode] = factor.recoveryCodes;
    expect((await turnOff({ password: PASSWORD, recoveryCode })).statusCode).toBe(204);
    const again = await OwnFactor.turnOn(kanda, account);
    expectProblem(await logIn(kanda, account.email, { totp: factor.nextCode() }), 401, 'totp_invalid');
    expectProblem(
      await logIn(kanda, account.email, { recoveryCode: factor.recoveryCodes[1] }),
      401,
      'recovery_code_invalid',
    );
    expect((await logIn(kanda, account.email, { totp: again.nextCode() })).statusCode).toBe(200);
  });

  test('with guesses at the password are limited like log-ins', async () => {
    const same = from();
    const guess = { password: 'not the password at all', totp: '123456' };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      statuses.push((await account.call('DELETE', '/api/auth/two-factor', guess, same)).statusCode);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });
});

describe('what only a log-in may do', () => {
  const calls = [
    ['POST', '/api/auth/password', { currentPassword: PASSWORD, newPassword: 'another sentence of my own' }],
    ['POST', '/api/auth/logout', undefined],
    ['GET', '/api/auth/sessions', undefined],
    ['DELETE', '/api/auth/sessions', undefined],
    ['DELETE', '/api/auth/sessions/ses_00', undefined],
    ['POST', '/api/auth/two-factor', { password: PASSWORD }],
    ['POST', '/api/auth/two-factor/confirm', { totp: '123456' }],
    ['DELETE', '/api/auth/two-factor', { password: PASSWORD }],
    ['POST', '/api/auth/two-factor/recovery-codes', { password: PASSWORD }],
  ] as const;

  test.each(calls)(
    '%s %s is closed to an API key with every scope, and to its tokens',
    async (method, url, body) => {
      ({ account } = await OwnFactor.longOn(kanda));
      const scopes = [...SCOPES];
      const { apiKey, call } = await account.createKey({ scopes });
      const { token } = (await kanda.call('POST', '/api/auth/token', { apiKey }, from())).json();
      for (const one of [call, account.as(token)]) {
        expectProblem(await one(method, url, body), 403, 'login_required');
      }
      // No one unknown gets as far.
      expectProblem(await kanda.call(method, url, body), 401, 'credentials_missing');
    },
  );

  test('is not shown to a key either: it learns nothing of the second factor', async () => {
    await OwnFactor.turnOn(kanda, account);
    const { call } = await account.createKey();
    expect((await call('GET', '/api/auth/me')).json()).not.toHaveProperty('twoFactor');
  });
});

function statusesOf(answers: readonly Answer[]): number[] {
  return answers.map(({ statusCode }) => statusCode).sort();
}
