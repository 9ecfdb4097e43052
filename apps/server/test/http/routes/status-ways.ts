/** How a status that means something of its own on a route is brought about, by route and status. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startOn } from '../accounts/own-factor.ts';
import { codeAt, ownerAt, PASSWORD, SECOND, wrongCodeAt } from '../support/start-app.ts';
import {
  account,
  alone,
  closed,
  coverLogs,
  enrolled,
  enrolment,
  exchange,
  fresh,
  from,
  full,
  importing,
  inDatabase,
  kanda,
  logIn,
  NEW_PASSWORD,
  protectedBy,
  register,
  unreadable,
  untilRefused,
  type Way,
  withoutTables,
} from './status-apps.ts';

export const WAYS: Record<string, Way> = {
  'POST /api/auth/register 201': () => register(`${fresh()}@example.com`),
  'POST /api/auth/register 403': () =>
    closed.call('POST', '/api/auth/register', { email: 'you@example.com', password: PASSWORD }),
  'POST /api/auth/register 409': () => register(account.email),
  'POST /api/auth/register 507': () =>
    full.call('POST', '/api/auth/register', { email: 'you@example.com', password: PASSWORD }),
  'POST /api/totp/register 507': async () =>
    (await ownerAt(full))('POST', '/api/totp/register', { clientId: 'ada', label: 'ada', issuer: 'MyApp' }),
  'POST /api/totp/import 200': () => account.call('POST', '/api/totp/import', importing(fresh())),
  'POST /api/totp/import 413': () =>
    account.call('POST', '/api/totp/import', JSON.stringify({ padding: 'x'.repeat(512 * 1024) })),
  'POST /api/totp/import 507': async () =>
    (await ownerAt(full))('POST', '/api/totp/import', importing('ada')),
  'POST /api/keys 507': async () => (await ownerAt(full))('POST', '/api/keys', { name: 'a key' }),
  'POST /api/auth/register 429': () => {
    const same = from();
    return untilRefused(() => register(account.email, same));
  },
  'POST /api/auth/login 200': () => logIn(account.email, PASSWORD),
  'POST /api/auth/login 401': () => logIn(`${fresh()}@example.com`, 'a wrong password'),
  'POST /api/auth/login 500': () =>
    unreadable(({ email }, totp) =>
      kanda.call('POST', '/api/auth/login', { email, password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/password 204': () =>
    alone('POST', '/api/auth/password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  'POST /api/auth/password 500': () =>
    unreadable(({ call }, totp) => {
      const passwords = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      return call('POST', '/api/auth/password', { ...passwords, totp }, from());
    }),
  'POST /api/auth/logout 204': () => alone('POST', '/api/auth/logout'),
  'GET /api/auth/getting-started 200': () => account.call('GET', '/api/auth/getting-started'),
  'PATCH /api/auth/getting-started 200': () =>
    account.call('PATCH', '/api/auth/getting-started', { dismissed: true }),
  'GET /api/auth/sessions 200': () => account.call('GET', '/api/auth/sessions'),
  'DELETE /api/auth/sessions 204': () => alone('DELETE', '/api/auth/sessions'),
  'DELETE /api/auth/sessions/{id} 204': async () => {
    const { call } = await kanda.signUp();
    const { data } = (await call('GET', '/api/auth/sessions')).json<{ data: { id: string }[] }>();
    return call('DELETE', `/api/auth/sessions/${data[0]?.id}`);
  },
  'DELETE /api/auth/sessions/{id} 404': () => account.call('DELETE', '/api/auth/sessions/ses_00'),
  'DELETE /api/auth/sessions/{id} 503': () =>
    withoutTables(() => account.call('DELETE', '/api/auth/sessions/ses_00')),
  'POST /api/auth/two-factor 201': () => alone('POST', '/api/auth/two-factor', { password: PASSWORD }),
  'POST /api/auth/two-factor 409': () => protectedBy(({ call }) => startOn(kanda, call)),
  'POST /api/auth/two-factor/confirm 200': async () => {
    const { call } = await kanda.signUp();
    const { secret } = (await startOn(kanda, call)).json<{ secret: string }>();
    return call('POST', '/api/auth/two-factor/confirm', { totp: codeAt(secret, kanda.now()) });
  },
  'POST /api/auth/two-factor/confirm 409': () =>
    alone('POST', '/api/auth/two-factor/confirm', { totp: '000000' }),
  'POST /api/auth/two-factor/confirm 500': async () => {
    const { call } = await kanda.signUp();
    await startOn(kanda, call);
    inDatabase((sqlite) => sqlite.exec("update authenticator set sealed = x'00' where account_id = 0"));
    return call('POST', '/api/auth/two-factor/confirm', { totp: '000000' });
  },
  'DELETE /api/auth/two-factor 204': () =>
    protectedBy(({ call }, factor) =>
      call('DELETE', '/api/auth/two-factor', { password: PASSWORD, totp: factor.nextCode() }, from()),
    ),
  'DELETE /api/auth/two-factor 409': () => alone('DELETE', '/api/auth/two-factor', { password: PASSWORD }),
  'DELETE /api/auth/two-factor 500': () =>
    unreadable(({ call }, totp) =>
      call('DELETE', '/api/auth/two-factor', { password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/two-factor/recovery-codes 200': () =>
    protectedBy(({ call }, factor) => {
      const proof = { password: PASSWORD, totp: factor.nextCode() };
      return call('POST', '/api/auth/two-factor/recovery-codes', proof, from());
    }),
  'POST /api/auth/two-factor/recovery-codes 409': () =>
    alone('POST', '/api/auth/two-factor/recovery-codes', { password: PASSWORD }),
  'POST /api/auth/two-factor/recovery-codes 500': () =>
    unreadable(({ call }, totp) =>
      call('POST', '/api/auth/two-factor/recovery-codes', { password: PASSWORD, totp }, from()),
    ),
  'POST /api/auth/login 403': () =>
    kanda.call(
      'POST',
      '/api/auth/login',
      { email: account.email, password: PASSWORD, session: 'cookie' },
      { headers: { host: 'kanda.example.com' }, ...from() },
    ),
  'POST /api/auth/login 429': () => {
    const same = from();
    return untilRefused(() => logIn(`${fresh()}@example.com`, 'a wrong password', same));
  },
  'POST /api/auth/token 200': async () => exchange((await account.createKey()).apiKey),
  'POST /api/auth/token 401': () => exchange('kan_nothing'),
  'POST /api/auth/token 429': () => {
    const same = from();
    return untilRefused(() => exchange('kan_nothing', same));
  },
  'GET /api/auth/me 200': () => account.call('GET', '/api/auth/me'),
  'GET /api/auth/me 403': () =>
    kanda.call('GET', '/api/auth/me', undefined, {
      headers: { cookie: `kanda_session=${account.token}`, 'sec-fetch-site': 'cross-site' },
    }),
  'GET /api/auth/me 503': () => {
    // Until then the bearer is remembered, and nothing else is asked of the store.
    kanda.advance(SECOND);
    return withoutTables(() => account.call('GET', '/api/auth/me'));
  },
  'POST /api/keys 201': () => account.call('POST', '/api/keys', { name: 'a key' }),
  'GET /api/keys 200': () => account.call('GET', '/api/keys'),
  'GET /api/keys/{id} 200': async () => account.call('GET', `/api/keys/${(await account.createKey()).id}`),
  'DELETE /api/keys/{id} 204': async () =>
    account.call('DELETE', `/api/keys/${(await account.createKey()).id}`),
  'POST /api/totp/register 201': () => account.call('POST', '/api/totp/register', enrolment(fresh())),
  'POST /api/totp/register 409': async () => {
    const { clientId } = await account.enrol(fresh());
    return account.call('POST', '/api/totp/register', enrolment(clientId));
  },
  'POST /api/totp/validate 200': async () => {
    const { clientId, secret } = await account.enrol(fresh());
    return account.call('POST', '/api/totp/validate', { clientId, token: codeAt(secret, kanda.now()) });
  },
  'POST /api/totp/validate 404': () =>
    account.call('POST', '/api/totp/validate', { clientId: fresh(), token: '000000' }),
  'POST /api/totp/validate 500': async () => {
    const { clientId, secret } = await account.enrol(fresh());
    inDatabase((sqlite) =>
      sqlite.exec("update authenticator set sealed = x'00' where id = (select max(id) from authenticator)"),
    );
    return account.call('POST', '/api/totp/validate', { clientId, token: wrongCodeAt(secret, kanda.now()) });
  },
  'POST /api/totp/rotate/{clientId} 200': () => enrolled('POST', (id) => `/api/totp/rotate/${id}`),
  'GET /api/totp/clients 200': () => account.call('GET', '/api/totp/clients'),
  'GET /api/totp/clients/{clientId} 200': () => enrolled('GET', (id) => `/api/totp/clients/${id}`),
  'DELETE /api/totp/clients/{clientId} 204': () => enrolled('DELETE', (id) => `/api/totp/clients/${id}`),
  'POST /api/totp/clients/{clientId}/unlock 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/unlock`),
  'POST /api/totp/clients/{clientId}/disable 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/disable`),
  'POST /api/totp/clients/{clientId}/enable 200': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/enable`),
  'POST /api/totp/clients/{clientId}/recovery-codes 201': () =>
    enrolled('POST', (id) => `/api/totp/clients/${id}/recovery-codes`),
  'POST /api/totp/clients/{clientId}/recovery-codes 507': async () =>
    (await ownerAt(full))('POST', '/api/totp/clients/ada/recovery-codes'),
  'GET /api/totp/clients/{clientId}/recovery-codes 200': () =>
    enrolled('GET', (id) => `/api/totp/clients/${id}/recovery-codes`),
  'DELETE /api/totp/clients/{clientId}/recovery-codes 204': () =>
    enrolled('DELETE', (id) => `/api/totp/clients/${id}/recovery-codes`),
  'GET /api/policy 200': () => account.call('GET', '/api/policy'),
  'PUT /api/policy 200': () => account.call('PUT', '/api/policy', { skew: 1 }),
  'GET /api/logs 200': () => account.call('GET', '/api/logs'),
  'GET /api/logs/{id} 200': () => account.call('GET', '/api/logs/1'),
  'GET /api/logs/{id} 404': () => account.call('GET', '/api/logs/999999'),
  'GET /api/logs/{id} 503': () => withoutTables(() => account.call('GET', '/api/logs/1')),
  // HEAD: the stream itself has no end.
  'GET /api/logs/stream 200': () => account.call('HEAD', '/api/logs/stream'),
  'GET /api/logs/stream 503': () => withoutTables(() => account.call('GET', '/api/logs/stream')),
  'GET /api/stats 200': () => account.call('GET', '/api/stats'),
  'GET /api/info 200': () => kanda.call('GET', '/api/info'),
  'GET /api/logs/checkpoint 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/checkpoint');
  },
  'GET /api/logs/checkpoint 409': async () => (await kanda.signUp()).call('GET', '/api/logs/checkpoint'),
  'GET /api/logs/{id}/proof 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/1/proof');
  },
  'GET /api/logs/{id}/proof 404': () => account.call('GET', '/api/logs/999999/proof'),
  'GET /api/logs/{id}/proof 409': async () => (await kanda.signUp()).call('GET', '/api/logs/1/proof'),
  'GET /api/logs/consistency 200': async () => {
    await coverLogs();
    return account.call('GET', '/api/logs/consistency?from=1&to=2');
  },
  'GET /api/logs/consistency 409': async () =>
    (await kanda.signUp()).call('GET', '/api/logs/consistency?from=1&to=1'),
  'GET /api/logs/{id}/proof 503': () => withoutTables(() => account.call('GET', '/api/logs/1/proof')),
  'GET /api/logs/consistency 503': () =>
    withoutTables(() => account.call('GET', '/api/logs/consistency?from=1&to=1')),
  'GET /healthz 200': () => kanda.call('GET', '/healthz'),
  'GET /readyz 200': () => kanda.call('GET', '/readyz'),
  'GET /readyz 503': async () => {
    // A probe that was answered holds for a moment, for all who ask.
    await sleep(300);
    return withoutTables(() => kanda.call('GET', '/readyz'));
  },
  'GET /metrics 200': () => kanda.call('GET', '/metrics'),
};
