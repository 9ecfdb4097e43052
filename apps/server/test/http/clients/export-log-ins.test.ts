/**
 * How old a log-in may be that takes secrets out. Seen to fail: without `#assertRecent` an older one exported, and gave a
 * key the scope.
 */
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OwnFactor } from '../accounts/own-factor.ts';
import { events } from '../support/events.ts';
import { expectProblem, HOUR, MINUTE, PASSWORD, startApp, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;
let path: string;
const ask = { name: 'a key', scopes: ['totp:export'] };

beforeAll(async () => {
  kanda = await startApp({ config: { secretExport: 'on' } });
  path = `/api/totp/export?recipient=${await identityToRecipient(await generateIdentity())}`;
});
afterAll(() => kanda.close());

test('no log-in that is older than five minutes, to the millisecond, and no key from it', async () => {
  const { account, factor } = await OwnFactor.longOn(kanda);
  await account.enrol('user-1');
  kanda.advance(5 * MINUTE);
  expect((await account.call('GET', path)).statusCode).toBe(200);
  expect((await account.call('POST', '/api/keys', ask)).statusCode).toBe(201);
  kanda.advance(1);
  const written = await events(account, 'account.secrets_exported');
  for (const answer of [await account.call('GET', path), await account.call('POST', '/api/keys', ask)]) {
    expectProblem(answer, 403, 'recent_login_required');
  }
  expect(await events(account, 'account.secrets_exported')).toEqual(written);
  expect((await (await factor.logIn(account)).call('GET', path)).statusCode).toBe(200);
});

test('is asked for a new log-in last, and a key is not', async () => {
  const { account, factor } = await OwnFactor.longOn(kanda);
  const key = await account.createKey({ scopes: ['totp:export'] });
  kanda.advance(HOUR / 2);
  expect((await key.call('GET', path)).statusCode).toBe(200);
  const proof = { password: PASSWORD, totp: factor.nextCode() };
  expect((await account.call('DELETE', '/api/auth/two-factor', proof)).statusCode).toBe(204);
  expectProblem(await account.call('GET', path), 403, 'second_factor_required');
});
