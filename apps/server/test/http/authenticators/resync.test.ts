/** Resynchronising an authenticator and forgetting its drift, as an application does. */
import { expect, test } from 'vitest';
import { codeAt, expectProblem, SECOND, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

let clients = 0;
async function enrolled(): Promise<{ clientId: string; secret: string; path: string }> {
  const clientId = `user-${clients++}`;
  const { secret } = await account.enrol(clientId);
  const { data } = (await account.call('GET', `/api/totp/clients/${clientId}/authenticators`)).json();
  return { clientId, secret, path: `/api/totp/clients/${clientId}/authenticators/${data[0].id}` };
}

const code = (secret: string, steps: number) => codeAt(secret, kanda.now() + steps * 30 * SECOND);
const validate = async (clientId: string, token: string) =>
  (await account.call('POST', '/api/totp/validate', { clientId, token })).json();

test('a clock that is off is refused with followDrift named, then followed, then forgotten', async () => {
  const { clientId, secret, path } = await enrolled();
  const tokens = [code(secret, -5), code(secret, -4)];
  const refused = await account.call('POST', `${path}/resync`, { tokens });
  expectProblem(refused, 409, 'drift_not_followed');
  expect(refused.json().detail).toContain('followDrift');
  expect((await account.call('PUT', '/api/policy', { followDrift: true })).statusCode).toBe(200);
  const resynced = await account.call('POST', `${path}/resync`, { tokens });
  expect(resynced.json()).toEqual({ resynced: true, drift: -4 });
  expect((await account.call('GET', path)).json()).toMatchObject({ drift: -4 });
  expect((await account.call('POST', `${path}/resync`, { tokens })).json()).toEqual({
    resynced: false,
    reason: 'invalid_code',
  });
  kanda.advance(30 * SECOND);
  expect(await validate(clientId, code(secret, -4))).toEqual({ valid: true });
  const reset = await account.call('PATCH', path, { drift: 0, name: 'Old phone' });
  expect(reset.json()).toMatchObject({ drift: 0, name: 'Old phone' });
});

test.each([
  ['resync', { tokens: ['123456'] }],
  ['resync', { tokens: ['123456', '123456', '123456'] }],
  ['resync', { tokens: '123456 654321' }],
  ['', { drift: 1 }],
  ['', {}],
])('%s refuses %j', async (call, body) => {
  const { path } = await enrolled();
  const answer =
    call === ''
      ? await account.call('PATCH', path, body)
      : await account.call('POST', `${path}/${call}`, body);
  expectProblem(answer, 400, 'body_invalid');
});
