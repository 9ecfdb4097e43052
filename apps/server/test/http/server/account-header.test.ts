/** A request that says for whose account it is meant. Seen to fail without `assertItsAccount`, and with it after `recall` alone. */
import { expect, test } from 'vitest';
import { expectProblem, PASSWORD, startApp } from '../support/start-app.ts';

const kanda = await startApp();
const shown = await kanda.signUp();
const other = await kanda.signUp();
const KEY = { name: 'web shop' };

test('a change that is meant for another account is refused, and nothing is done', async () => {
  const headers = { 'kanda-account': shown.userId };
  // The second time its bearer is remembered.
  for (let i = 0; i < 2; i++) {
    expectProblem(await other.call('POST', '/api/keys', KEY, { headers }), 401, 'token_invalid');
    expect((await other.call('GET', '/api/keys')).json().data).toEqual([]);
  }
  expect((await shown.call('POST', '/api/keys', KEY, { headers })).statusCode).toBe(201);
});

test('the cookie of a browser is held to it, too', async () => {
  const { email } = other;
  const answer = await kanda.call('POST', '/api/auth/login', {
    email,
    password: PASSWORD,
    session: 'cookie',
  });
  const cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
  const make = (account: string) =>
    kanda.call('POST', '/api/keys', KEY, {
      headers: { cookie, 'sec-fetch-site': 'same-origin', 'kanda-account': account },
    });
  expectProblem(await make(shown.userId), 401, 'token_invalid');
  expect((await make(other.userId)).statusCode).toBe(201);
});

test('a log-in that asks for its test half names the account, not the half', async () => {
  const made = await shown.call('POST', '/api/keys', KEY, {
    headers: { 'kanda-account': shown.userId, 'kanda-mode': 'test' },
  });
  expect(made.json()).toMatchObject({ mode: 'test' });
});
