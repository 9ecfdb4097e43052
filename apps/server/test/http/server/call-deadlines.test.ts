/**
 * One deadline for a call, whatever it waits for.
 *
 * Seen to fail without the guard (http/server/call-deadlines.ts): both calls waited for as long as the store did.
 */
import { expect, test } from 'vitest';
import { startApp } from '../support/start-app.ts';

test('a call that the store does not answer is 503, a read and a change with the text that is true of each', async () => {
  const app = await startApp({ callDeadlineMs: 3_000 });
  const { call, as } = await app.signUp();
  const { apiKey } = await (await app.signUp()).createKey();
  const { store } = app.installation;
  const never = () => new Promise<never>(() => {});
  const { listClients, validate, findApiKey } = store;
  Object.assign(store, { listClients: never, validate: never });
  const read = await call('GET', '/api/totp/clients');
  expect([read.statusCode, read.json().code, read.json().detail]).toEqual([
    503,
    'store_unavailable',
    expect.stringContaining('Nothing was changed'),
  ]);
  const judged = await call('POST', '/api/totp/validate', { clientId: 'ada', token: '123456' });
  expect([judged.statusCode, judged.json().detail]).toEqual([
    503,
    expect.stringContaining('it may have been'),
  ]);
  expect(Number(judged.headers['retry-after'])).toBeGreaterThan(0);
  // The look-up of a bearer that is not known yet is part of the call.
  Object.assign(store, { listClients, validate, findApiKey: never });
  expect((await as(apiKey)('GET', '/api/totp/clients')).statusCode).toBe(503);
  Object.assign(store, { findApiKey });
  expect((await call('GET', '/api/totp/clients')).statusCode).toBe(200);
});
