/** Two-factor login of Kanda's own accounts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { INSTALLATION_ACCOUNT } from '../../../src/domain/accounts/account.ts';
import {
  codeAt,
  expectProblem,
  MINUTE,
  PASSWORD,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';
import { logIn, OwnFactor, startOn } from './own-factor.ts';

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

const me = async (one = account) => (await one.call('GET', '/api/auth/me')).json();
const from = () => ({ remoteAddress: kanda.freshAddress() });
const confirm = (totp: string, one = account) => one.call('POST', '/api/auth/two-factor/confirm', { totp });
const events = async (one = account) =>
  (await one.call('GET', '/api/logs')).json<{
    data: { event: string; outcome: string; reason: string | null }[];
  }>().data;
const whatHappened = async () =>
  (await events()).map(({ event, outcome, reason }) => [event, outcome, reason]);

describe('turning it on', () => {
  test('gives a secret, its URL and its QR code for the account, once, not to be stored', async () => {
    const answer = await startOn(kanda, account.call);
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { secret, otpauthUrl, qrDataUrl } = answer.json();
    expect(Object.keys(answer.json()).sort()).toEqual(['otpauthUrl', 'qrDataUrl', 'secret']);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(otpauthUrl).toBe(
      `otpauth://totp/Kanda:${encodeURIComponent(account.email)}?secret=${secret}&issuer=Kanda&algorithm=SHA1&digits=6&period=30`,
    );
    expect(qrDataUrl).toMatch(/^data:image\/png;base64,/);
  });

  test('is pending until a first code is confirmed: until then a log-in needs the password alone', async () => {
    const { secret } = (await startOn(kanda, account.call)).json();
    expect((await me()).twoFactor).toEqual({ active: false, recoveryCodesLeft: 0 });
    expect((await logIn(kanda, account.email)).statusCode).toBe(200);
    expectProblem(await confirm(wrongCodeAt(secret, kanda.now())), 401, 'totp_invalid');
    expect((await logIn(kanda, account.email)).statusCode).toBe(200);

    const confirmed = await confirm(codeAt(secret, kanda.now()));
    expect(confirmed.statusCode).toBe(200);
    expect(confirmed.headers['cache-control']).toBe('no-store');
    const { recoveryCodes } = confirmed.json();
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes) expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/);
    expect((await me()).twoFactor).toEqual({ active: true, recoveryCodesLeft: 10 });
    expectProblem(await logIn(kanda, account.email), 401, 'totp_required');
    expect((await whatHappened()).slice(0, 3)).toEqual([
      ['account.code_requested', 'success', null],
      ['account.two_factor_enabled', 'success', null],
      ['account.login', 'success', null],
    ]);
  });

  test('needs the current password', async () => {
    expectProblem(await startOn(kanda, account.call, 'not the password at all'), 401, 'credentials_invalid');
    expect((await whatHappened())[0]).toEqual([
      'account.two_factor_started',
      'failure',
      'credentials_invalid',
    ]);
  });

  test('started again gives another secret, and the first one confirms nothing', async () => {
    const first = (await startOn(kanda, account.call)).json();
    const second = (await startOn(kanda, account.call)).json();
    expect(second.secret).not.toBe(first.secret);
    expectProblem(await confirm(codeAt(first.secret, kanda.now())), 401, 'totp_invalid');
    expect((await confirm(codeAt(second.secret, kanda.now()))).statusCode).toBe(200);
  });

  test('cannot be started or confirmed when it is on, nor confirmed before it was started', async () => {
    expectProblem(await confirm('000000'), 409, 'two_factor_off');
    const factor = await OwnFactor.turnOn(kanda, account);
    expectProblem(await startOn(kanda, account.call), 409, 'two_factor_on');
    expectProblem(await confirm(factor.nextCode()), 409, 'two_factor_on');
  });

  test('ends every other log-in at once, as those began without it', async () => {
    const other = account.as((await logIn(kanda, account.email)).json().token);
    expect((await other('GET', '/api/auth/me')).statusCode).toBe(200);
    await OwnFactor.turnOn(kanda, account);
    expectProblem(await other('GET', '/api/auth/me'), 401, 'token_invalid');
    expect((await account.call('GET', '/api/auth/me')).statusCode).toBe(200);
  });

  test('guesses at the first code run into the same delay as everybody’s', async () => {
    const { secret } = (await startOn(kanda, account.call)).json();
    const wrong = wrongCodeAt(secret, kanda.now());
    for (let guess = 0; guess < 5; guess++) expectProblem(await confirm(wrong), 401, 'totp_invalid');
    const locked = await confirm(codeAt(secret, kanda.now()));
    expectProblem(locked, 429, 'totp_locked');
    expect(locked.headers['retry-after']).toBe('30');
  });

  test('an address that no phone can show as a name is replaced by the account id', async () => {
    const odd = await kanda.signUp('a:b@example.com');
    const { otpauthUrl } = (await startOn(kanda, odd.call)).json();
    expect(otpauthUrl).toContain(`otpauth://totp/Kanda:${odd.userId}?`);
  });
});

describe('a log-in with it', () => {
  let factor: OwnFactor;
  beforeEach(async () => {
    factor = await OwnFactor.turnOn(kanda, account);
  });

  test('takes the password with the code of the phone', async () => {
    const answer = await logIn(kanda, account.email, { totp: factor.nextCode() });
    expect(answer.statusCode, answer.body).toBe(200);
    expect((await account.as(answer.json().token)('GET', '/api/auth/me')).statusCode).toBe(200);
  });

  test('accepts a code once, the one that turned it on too', async () => {
    const code = factor.nextCode();
    expect((await logIn(kanda, account.email, { totp: code })).statusCode).toBe(200);
    expectProblem(await logIn(kanda, account.email, { totp: code }), 401, 'totp_invalid');
  });

  test('with a wrong code is refused and recorded', async () => {
    expectProblem(await logIn(kanda, account.email, { totp: factor.wrongCode() }), 401, 'totp_invalid');
    expect((await whatHappened())[0]).toEqual(['account.login', 'failure', 'totp_invalid']);
  });

  test('tells nothing of it to who has not the password: the answer is that of any account', async () => {
    const plain = await kanda.signUp();
    const wrong = { password: 'not the password at all' };
    const answers = await Promise.all([
      logIn(kanda, account.email, wrong),
      logIn(kanda, account.email, { ...wrong, totp: factor.nextCode() }),
      logIn(kanda, account.email, { ...wrong, recoveryCode: factor.recoveryCodes[0] }),
      logIn(kanda, plain.email, { ...wrong, totp: '123456' }),
      logIn(kanda, 'unknown@example.com', { ...wrong, totp: '123456' }),
    ]);
    const shown = answers.map((answer) => {
      expectProblem(answer, 401, 'credentials_invalid');
      const { requestId: _, ...rest } = answer.json();
      return { ...rest, headers: Object.keys(answer.headers) };
    });
    for (const one of shown) expect(one).toEqual(shown[0]);
    // And nothing was used up by it.
    expect((await logIn(kanda, account.email, { recoveryCode: factor.recoveryCodes[0] })).statusCode).toBe(
      200,
    );
  });

  test('that lacks the code counts no failure; one with a wrong code does', async () => {
    const same = from();
    const body = { email: account.email, password: PASSWORD };
    for (let attempt = 0; attempt < 12; attempt++) {
      expectProblem(await kanda.call('POST', '/api/auth/login', body, same), 401, 'totp_required');
    }
    const wrong = { ...body, totp: factor.wrongCode() };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      statuses.push((await kanda.call('POST', '/api/auth/login', wrong, same)).statusCode);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.slice(5)).toEqual([429, 429, 429, 429, 429, 429]);
    expectProblem(await kanda.call('POST', '/api/auth/login', wrong, same), 429, 'rate_limited');
  });

  test('is locked after five wrong codes, from whichever address, and opens when the delay is over', async () => {
    for (let guess = 0; guess < 5; guess++) {
      expectProblem(await logIn(kanda, account.email, { totp: factor.wrongCode() }), 401, 'totp_invalid');
    }
    const locked = await logIn(kanda, account.email, { totp: factor.wrongCode() });
    expectProblem(locked, 429, 'totp_locked');
    expect(locked.headers['retry-after']).toBe('30');
    expect((await whatHappened())[0]).toEqual(['account.login', 'failure', 'totp_locked']);
    kanda.advance(MINUTE);
    expect((await logIn(kanda, account.email, { totp: factor.nextCode() })).statusCode).toBe(200);
  });

  test('of an account locked for good says that no waiting helps, and a recovery code still opens', async () => {
    await lockForGood(factor);
    const locked = await logIn(kanda, account.email, { totp: factor.nextCode() });
    expectProblem(locked, 429, 'totp_locked');
    expect(locked.headers['retry-after']).toBeUndefined();
    const opened = await logIn(kanda, account.email, { recoveryCode: factor.recoveryCodes[0] });
    expect(opened.statusCode, opened.body).toBe(200);
  });

  test.each(['12345', '1234567', '12345678', 'abcdef', ' 123456', '１２３４５６', ''])(
    'takes %j for no code, and counts nothing',
    async (totp) => {
      for (let attempt = 0; attempt < 6; attempt++) {
        expectProblem(await logIn(kanda, account.email, { totp }), 400, 'totp_code_malformed');
      }
      expect((await logIn(kanda, account.email, { totp: factor.nextCode() })).statusCode).toBe(200);
    },
  );

  test('refuses totp and recoveryCode together, and uses neither up', async () => {
    const [recoveryCode] = factor.recoveryCodes;
    const totp = factor.nextCode();
    const both = await logIn(kanda, account.email, { totp, recoveryCode });
    expect(expectProblem(both, 400, 'body_invalid').errors?.[0]?.path).toBe('/recoveryCode');
    expect((await logIn(kanda, account.email, { totp })).statusCode).toBe(200);
    expect((await logIn(kanda, account.email, { recoveryCode })).statusCode).toBe(200);
  });

  test('of another account is untouched: it needs no code, and a code of this one is nothing to it', async () => {
    const other = await kanda.signUp();
    expect((await logIn(kanda, other.email)).statusCode).toBe(200);
    const protectedToo = await OwnFactor.turnOn(kanda, other);
    expectProblem(await logIn(kanda, other.email, { totp: factor.nextCode() }), 401, 'totp_invalid');
    expectProblem(
      await logIn(kanda, other.email, { recoveryCode: factor.recoveryCodes[0] }),
      401,
      'recovery_code_invalid',
    );
    expect((await logIn(kanda, other.email, { totp: protectedToo.nextCode() })).statusCode).toBe(200);
  });

  test('does not show the account’s own authenticator among its clients, nor to any call on clients', async () => {
    expect((await account.call('GET', '/api/totp/clients')).json().data).toEqual([]);
    for (const clientId of [account.userId, 'installation']) {
      expectProblem(await account.call('GET', `/api/totp/clients/${clientId}`), 404, 'client_not_found');
      expectProblem(
        await account.call('POST', '/api/totp/validate', { clientId, token: factor.nextCode() }),
        404,
        'client_not_found',
      );
    }
  });
});

/** 50 failures within a day, with successes between them so that no delay runs. */
async function lockForGood(factor: OwnFactor): Promise<void> {
  const origin = { actor: 'anonymous', ip: null, userAgent: null, requestId: null };
  const type = (code: string) =>
    kanda.installation.store.validate({
      accountId: INSTALLATION_ACCOUNT,
      clientId: account.userId,
      code,
      origin,
    });
  for (let failure = 0; failure < 50; failure++) {
    if (failure % 4 === 3) expect(await type(factor.nextCode())).toEqual({ valid: true });
    expect(await type(factor.wrongCode())).toMatchObject({ valid: false, reason: 'invalid_code' });
  }
}
