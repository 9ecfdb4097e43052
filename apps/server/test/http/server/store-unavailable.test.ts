/** When the store cannot commit (security.md, case 19): 503, never `valid: true`; afterwards all is as before. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  PASSWORD,
  START,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;
let other: DatabaseSync;

beforeEach(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
  other = new DatabaseSync(kanda.databaseFile);
});
afterEach(async () => {
  other.close();
  await kanda.close();
});

const enrolment = { clientId: 'bob', label: 'Bob', issuer: 'MyApp' };

describe('while another process holds the write lock', () => {
  test('every call that writes answers 503 with Retry-After, reading goes on, and nothing has happened', async () => {
    const { secret } = await account.enrol('alice');
    const token = codeAt(secret, START);
    const before = (await account.call('GET', '/api/logs')).json();
    const credentials = { email: account.email, password: PASSWORD };
    other.exec('begin immediate');

    const writing = Promise.all([
      account.call('POST', '/api/totp/validate', { clientId: 'alice', token }),
      account.call('POST', '/api/totp/register', enrolment),
      account.call('POST', '/api/totp/rotate/alice'),
      account.call('POST', '/api/totp/clients/alice/disable'),
      account.call('DELETE', '/api/totp/clients/alice'),
      account.call('POST', '/api/keys', { name: 'a key' }),
      kanda.call('POST', '/api/auth/login', credentials),
      kanda.call('GET', '/readyz'),
    ]);
    expect((await kanda.call('GET', '/healthz')).statusCode).toBe(200);
    expect((await account.call('GET', '/api/totp/clients/alice')).statusCode).toBe(200);
    for (const answer of await writing) {
      expectProblem(answer, 503, 'store_unavailable');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.body).not.toMatch(/valid|SQLITE|locked/);
    }

    other.exec('rollback');
    expect((await kanda.call('GET', '/readyz')).json()).toEqual({ status: 'ok' });
    expect((await account.call('GET', '/api/logs')).json()).toEqual(before);
    const again = await account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
    expect(again.json()).toEqual({ valid: true });
    expect((await account.call('POST', '/api/totp/register', enrolment)).statusCode).toBe(201);
  });

  test('a call waits for it, and is answered as ever when it is let go in time', async () => {
    const { secret } = await account.enrol('alice');
    other.exec('begin immediate');
    const token = codeAt(secret, START);
    const waiting = account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
    // Something that only reads gets its answer meanwhile: the wait is not a standstill.
    expect((await account.call('GET', '/api/auth/me')).statusCode).toBe(200);
    other.exec('rollback');
    expect((await waiting).json()).toEqual({ valid: true });
  });
});

test('a commit that fails is 503 for all whom it would have served, and burns no code', async () => {
  const { secret } = await account.enrol('alice');
  const token = codeAt(secret, START);
  other.exec("create trigger full before insert on event begin select raise(abort, 'disk is full'); end");
  const answers = await Promise.all([
    account.call('POST', '/api/totp/validate', { clientId: 'alice', token }),
    account.call('POST', '/api/totp/validate', { clientId: 'unknown', token }),
    account.call('POST', '/api/totp/register', enrolment),
  ]);
  for (const answer of answers) {
    expectProblem(answer, 503, 'store_unavailable');
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body).not.toContain('disk is full');
  }
  other.exec('drop trigger full');
  const again = await account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
  expect(again.json()).toEqual({ valid: true });
  expect((await account.call('GET', '/api/totp/clients/bob')).statusCode).toBe(404);
});

test('/readyz is 503 while the store cannot be used and 200 after, /healthz is 200 throughout', async () => {
  const statuses = async () => [
    (await kanda.call('GET', '/readyz')).statusCode,
    (await kanda.call('GET', '/healthz')).statusCode,
  ];
  expect(await statuses()).toEqual([200, 200]);
  const tables = ['account_head', 'limit_use', 'server_key'];
  for (const table of tables) other.exec(`alter table ${table} rename to ${table}_gone`);
  // A good answer is given again for a tenth of a second.
  await expect.poll(statuses).toEqual([503, 200]);
  for (const table of tables) other.exec(`alter table ${table}_gone rename to ${table}`);
  expect(await statuses()).toEqual([200, 200]);
});

test('after the store was closed every call that needs it is 503, and none is valid', async () => {
  const { secret } = await account.enrol('alice');
  const token = codeAt(secret, START);
  await kanda.installation.close();
  const answer = await account.call('POST', '/api/totp/validate', { clientId: 'alice', token });
  expectProblem(answer, 503, 'store_unavailable');
  expectProblem(await kanda.call('GET', '/readyz'), 503, 'store_unavailable');
});
