/** The support desk's look at a code, and the scope that it needs. */
import { expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  SECOND,
  startAppWithAccount,
  type TestAccount,
} from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

test('a key for support may diagnose and unlock, and nothing else; others may not diagnose', async () => {
  const { secret } = await account.enrol('alice');
  const path = '/api/totp/clients/alice';
  const support = await account.createKey({ scopes: ['totp:support'] });
  const token = codeAt(secret, kanda.now() - 8 * 30 * SECOND);
  const found = await support.call('POST', `${path}/diagnose`, { token });
  expect(found.json()).toMatchObject({ finding: 'behind', steps: -8 });
  expect((await support.call('POST', `${path}/unlock`)).statusCode).toBe(200);
  for (const call of ['disable', 'enable']) {
    expectProblem(await support.call('POST', `${path}/${call}`), 403, 'scope_missing');
  }
  const usual = await account.createKey({});
  expectProblem(await usual.call('POST', `${path}/diagnose`, { token }), 403, 'scope_missing');
  expect((await usual.call('POST', `${path}/unlock`)).statusCode).toBe(200);
});

test('a key for support unlocks, and the failures of the day stay', async () => {
  await account.call('PUT', '/api/policy', { dailyFailures: 5, freeFailures: 10 });
  const { secret } = await account.enrol('carol');
  const support = await account.createKey({ scopes: ['totp:support'] });
  const validate = async (token: string) =>
    (await account.call('POST', '/api/totp/validate', { clientId: 'carol', token })).json();
  for (let failure = 0; failure < 5; failure++) await validate('000000');
  const unlock = (bearer: { call: TestAccount['call'] }) =>
    bearer.call('POST', '/api/totp/clients/carol/unlock', { resetClock: true });
  expect((await unlock(support)).json()).toMatchObject({ status: 'active' });
  await validate('000000');
  expect(await validate('000000')).toEqual({ valid: false, reason: 'locked' });
  expect((await unlock(support)).json()).toMatchObject({ status: 'active' });
  // The reset of the clock burns the window of now.
  kanda.advance(4 * 30 * SECOND);
  expect(await validate(codeAt(secret, kanda.now()))).toEqual({ valid: true });
  await validate('000000');
  expect((await unlock(account)).json()).toMatchObject({ status: 'active' });
  await validate('000000');
  expect(await validate('000000')).toEqual({ valid: false, reason: 'invalid_code' });
  await account.call('PUT', '/api/policy', {});
});

test('five looks an hour, over all callers, for one client', async () => {
  const { secret } = await account.enrol('bob');
  const token = codeAt(secret, kanda.now());
  const key = await account.createKey({ scopes: ['totp:support'] });
  const diagnose = (clientId = 'bob') =>
    key.call('POST', `/api/totp/clients/${clientId}/diagnose`, { token });
  for (let look = 0; look < 5; look++) expect((await diagnose()).json().finding).toBe('right_now');
  await account.call('POST', '/api/totp/clients/bob/unlock');
  const refused = await diagnose();
  expectProblem(refused, 429, 'rate_limited');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
  expectProblem(await diagnose('unknown'), 404, 'client_not_found');
  kanda.advance(3_601 * SECOND);
  expect((await diagnose()).statusCode).toBe(200);
});
