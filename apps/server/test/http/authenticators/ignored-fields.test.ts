/** A field that counts only beside another is refused without it: ignored in silence, it would be missed too late. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProblem, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
  await account.enrol('ada');
});
afterAll(() => kanda.close());

const CALLS = [
  ['/api/totp/register', { clientId: 'bob', label: 'bob', issuer: 'Example' }],
  ['/api/totp/clients/ada/authenticators', {}],
  ['/api/totp/rotate/ada', {}],
] as const;
const WAITING = CALLS.flatMap(([path, needed]) => [
  [path, { ...needed, expiresIn: 600 }, '/expiresIn'] as const,
  [path, { ...needed, fresh: true }, '/fresh'] as const,
]);
const BROUGHT = CALLS.slice(0, 2).flatMap(([path, needed]) => [
  [path, { ...needed, lastUsedStep: 50_000_000 }, '/lastUsedStep'] as const,
  [path, { ...needed, allowShortSecret: true }, '/allowShortSecret'] as const,
]);

test.each([...WAITING, ...BROUGHT])('%s with %j', async (path, body, field) => {
  const answer = await account.call('POST', path, body);
  expectProblem(answer, 400, 'body_invalid');
  expect(answer.json().errors).toMatchObject([{ path: field }]);
});

test.each(CALLS)('%s takes "fresh": false, which asks for nothing', async (path, needed) => {
  const answer = await account.call('POST', path, { ...needed, fresh: false });
  expect([200, 201]).toContain(answer.statusCode);
});
