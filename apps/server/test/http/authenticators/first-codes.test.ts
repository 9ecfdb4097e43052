/** What the answer to a first code says, and which authenticator it is of. */
import { expect, test } from 'vitest';
import { codeAt, MINUTE, SECOND, startAppWithAccount } from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

let clients = 0;
const freshId = () => `user-${clients++}`;

const post = (path: string, body: object) => account.call('POST', path, body);
const register = (clientId: string) =>
  post('/api/totp/register', { clientId, label: 'ada', issuer: 'MyApp', qr: 'none', confirm: true });
const confirm = (clientId: string, token: string) => post('/api/totp/confirm', { clientId, token });
const validate = async (clientId: string, token: string) =>
  (await post('/api/totp/validate', { clientId, token })).json();

test('says when the clock of the phone is so far off that validate refuses its codes', async () => {
  const clientId = freshId();
  const { secret } = (await register(clientId)).json();
  const answer = await confirm(clientId, codeAt(secret, kanda.now() + MINUTE));
  expect(answer.json()).toEqual({
    confirmed: true,
    authenticatorId: expect.any(String),
    clockWarning: { steps: 2 },
  });
  kanda.advance(30 * SECOND);
  expect(await validate(clientId, codeAt(secret, kanda.now() + MINUTE))).toMatchObject({ valid: false });
  expect(await validate(clientId, codeAt(secret, kanda.now()))).toMatchObject({ valid: false });
  // Set right, it logs in as soon as it is past the code that it was confirmed with.
  kanda.advance(MINUTE);
  expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
});

test('is confirmed by the code of any that waits, if no authenticator is named', async () => {
  const clientId = freshId();
  const { secret, authenticatorId } = (await register(clientId)).json();
  const path = `/api/totp/clients/${clientId}/authenticators`;
  expect((await post(path, { name: 'Tablet', confirm: true, qr: 'none' })).statusCode).toBe(201);
  expect((await confirm(clientId, codeAt(secret, kanda.now()))).json()).toEqual({
    confirmed: true,
    authenticatorId,
  });
  expect((await account.call('GET', path)).json().data).toMatchObject([
    { status: 'active' },
    { name: 'Tablet', attemptsLeft: 5 },
  ]);
});
