/** The list of first steps: who sees what of it, and what ticks its steps. */
import { afterAll, expect, test } from 'vitest';
import { expectProblem, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

const apps: TestApp[] = [];
afterAll(async () => {
  for (const app of apps) await app.close();
});

const started = async (options: Parameters<typeof startApp>[0] = {}) => {
  const kanda = await startApp(options);
  apps.push(kanda);
  return kanda;
};
const PATH = '/api/auth/getting-started';
const read = async ({ call }: Pick<TestAccount, 'call'>) => (await call('GET', PATH)).json();

test('facts about the installation are for its operator, whatever another asks or sends', async () => {
  // As after the first "npm start" on a machine alone: whose account it is needs no command.
  const kanda = await started();
  const owner = await kanda.signUp();
  const tenant = await kanda.signUp();
  const { installation } = await read(owner);
  expect(installation).toMatchObject({ masterKeySaved: false, registrationClosed: false, https: false });
  expect((await read(tenant)).installation).toBeNull();
  const { masterKeyId } = installation;
  const asked = await tenant.call('PATCH', PATH, { masterKeySaved: masterKeyId });
  expectProblem(asked, 400, 'body_invalid');
  expect(asked.body).not.toMatch(/[0-9a-f]{16}"/);
  const ticked = await owner.call('PATCH', PATH, { masterKeySaved: masterKeyId });
  expect(ticked.json().installation.masterKeySaved).toBe(true);
  const { apiKey } = await owner.createKey({ scopes: ['keys:write', 'logs:read'] });
  expectProblem(await owner.as(apiKey)('GET', PATH), 403, 'login_required');
  expectProblem(await owner.as(apiKey)('PATCH', PATH, { dismissed: true }), 403, 'login_required');
});

test('where anyone may sign up, the first account learns nothing of the machine until it is an operator', async () => {
  const kanda = await started({ config: { registration: 'open' } });
  const first = await kanda.signUp();
  expect((await read(first)).installation).toBeNull();
  expectProblem(await first.call('PATCH', PATH, { masterKeySaved: null }), 400, 'body_invalid');
  const { store } = kanda.installation;
  const account = await store.findAccountByEmail(first.email);
  const origin = { actor: 'cli', ip: null, userAgent: null, requestId: null };
  await store.setOperator(account?.id ?? 0, true, { at: kanda.now(), origin });
  expect((await read(first)).installation).toMatchObject({
    masterKeySaved: false,
    registrationClosed: false,
  });
});

test('registration and HTTPS are judged by the setting and by what the server sees', async () => {
  const kanda = await started({ trustedProxies: ['127.0.0.1'] });
  const owner = await kanda.signUp();
  const through = (protocol: string) =>
    owner.call('GET', PATH, undefined, {
      remoteAddress: '127.0.0.1',
      headers: { 'x-forwarded-proto': protocol, 'x-forwarded-for': '192.0.2.1' },
    });
  expect((await through('http')).json().installation.https).toBe(false);
  expect((await through('https')).json().installation.https).toBe(true);

  const closed = await started({
    publicUrl: 'https://kanda.example.com',
    config: { registration: 'until the first account' },
  });
  const first = await closed.signUp();
  expect((await read(first)).installation).toMatchObject({ registrationClosed: true, https: true });
});

test('it is dismissed on the server, for every browser of the account, and brought back', async () => {
  const kanda = await started();
  const account = await kanda.signUp();
  const headers = { 'idempotency-key': 'dismissed-once' };
  const dismiss = () => account.call('PATCH', PATH, { dismissed: true }, { headers });
  expect((await dismiss()).json().dismissed).toBe(true);
  expect((await dismiss()).json().dismissed).toBe(true);
  expect((await read(account)).dismissed).toBe(true);
  const { data } = (await account.call('GET', '/api/logs?event=account.getting_started_changed')).json();
  expect(data.map(({ reason }: { reason: string }) => reason)).toEqual(['dismissed']);
  expect((await account.call('PATCH', PATH, { dismissed: false })).json().dismissed).toBe(false);
  expectProblem(await account.call('PATCH', PATH, {}), 400, 'body_invalid');
});
