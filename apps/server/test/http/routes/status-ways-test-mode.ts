/** How each status of the calls of test mode is brought about. */
import { MAX_OFFSET_MS } from '../../../src/domain/test-mode/test-clock.ts';
import { account, enrolment, fresh, inDatabase, inTestHalf, kanda, type Way } from './status-apps.ts';

const test: typeof account.call = (...asked) => inTestHalf(account.call)(...asked);

/** As a log-in for the live half. */
const live: typeof account.call = (method, url, body) =>
  account.call(method, url, body, { headers: { 'kanda-mode': 'live' } });

const codeOfNewClient: Way = async () => {
  const clientId = fresh();
  await test('POST', '/api/totp/register', enrolment(clientId));
  return test('GET', `/api/test/clients/${clientId}/code`);
};

export const TEST_WAYS: Record<string, Way> = {
  'GET /api/test/clock 200': () => test('GET', '/api/test/clock'),
  'GET /api/test/clock 404': () => live('GET', '/api/test/clock'),
  'POST /api/test/clock 200': () => test('POST', '/api/test/clock', { advanceSeconds: 30 }),
  'POST /api/test/clock 404': () => live('POST', '/api/test/clock', { advanceSeconds: 30 }),
  'POST /api/test/clock 409': async () => {
    const call = inTestHalf((await kanda.signUp()).call);
    await call('POST', '/api/test/clock', { advanceSeconds: MAX_OFFSET_MS / 1000 });
    return call('POST', '/api/test/clock', { advanceSeconds: 1 });
  },
  'GET /api/test/clients/{clientId}/code 200': codeOfNewClient,
  'GET /api/test/clients/{clientId}/code 500': async () => {
    const clientId = fresh();
    await test('POST', '/api/totp/register', enrolment(clientId));
    inDatabase((sqlite) =>
      sqlite
        .prepare(
          'update authenticator set sealed = ? where id = (select max(id) from client where client_id = ?)',
        )
        .run(new Uint8Array(40), clientId),
    );
    return test('GET', `/api/test/clients/${clientId}/code`);
  },
  'DELETE /api/test/clients 204': () => test('DELETE', '/api/test/clients'),
  'DELETE /api/test/clients 404': () => live('DELETE', '/api/test/clients'),
};
