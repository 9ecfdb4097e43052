/** What a dashboard shows of an account: counts by hour, clients by status, one event, and what the server is. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  START,
  startApp,
  type TestAccount,
  type TestApp,
  wrongCodeAt,
} from '../support/start-app.ts';

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp({ version: '1.2.3' });
});
beforeEach(async () => {
  kanda.setClock(START);
  account = await kanda.signUp();
});
afterAll(() => kanda.close());

const validate = (clientId: string, token: string) =>
  account.call('POST', '/api/totp/validate', { clientId, token });
const stats = async (query = '') => (await account.call('GET', `/api/stats${query}`)).json();
const NO_REASONS = {
  invalid_code: 0,
  code_already_used: 0,
  locked: 0,
  disabled: 0,
  client_not_found: 0,
  secret_unreadable: 0,
  other: 0,
};

describe('GET /api/stats', () => {
  test('tells of a new account that nothing happened', async () => {
    const { totals, clients, buckets, quotas, diskAlmostFull, ...rest } = await stats();
    expect(diskAlmostFull).toBe(false);
    expect(quotas).toMatchObject({ clients: { used: 0, limit: 1_000_000 }, keys: { used: 0, limit: 1_000 } });
    expect(rest).toEqual({
      range: '24h',
      bucketSeconds: 3600,
      from: '2026-01-30T10:00:00.000Z',
      to: '2026-01-31T09:30:15.000Z',
    });
    expect(totals).toEqual({ accepted: 0, refused: 0, reasons: NO_REASONS, lockouts: 0, failureRate: null });
    expect(clients).toEqual({ total: 0, active: 0, locked: 0, disabled: 0 });
    expect(buckets).toHaveLength(24);
  });

  test('counts codes at once, each in its hour and by its reason', async () => {
    const { secret } = await account.enrol('ada');
    await validate('ada', codeAt(secret, kanda.now()));
    await validate('ada', codeAt(secret, kanda.now()));
    kanda.advance(45 * MINUTE);
    await validate('ada', wrongCodeAt(secret, kanda.now()));
    await validate('unknown', '000000');
    const { totals, buckets } = await stats();
    const reasons = { ...NO_REASONS, code_already_used: 1, invalid_code: 1, client_not_found: 1 };
    expect(totals).toEqual({ accepted: 1, refused: 3, reasons, lockouts: 0, failureRate: 0.75 });
    expect(buckets.slice(-2)).toEqual([
      {
        start: '2026-01-31T09:00:00.000Z',
        accepted: 1,
        refused: 1,
        reasons: { ...NO_REASONS, code_already_used: 1 },
        lockouts: 0,
      },
      {
        start: '2026-01-31T10:00:00.000Z',
        accepted: 0,
        refused: 2,
        reasons: { ...NO_REASONS, invalid_code: 1, client_not_found: 1 },
        lockouts: 0,
      },
    ]);
  });

  test('counts clients by the status that they have in the list', async () => {
    for (const clientId of ['a', 'b', 'c']) await account.enrol(clientId);
    await account.call('POST', '/api/totp/clients/a/disable');
    for (let wrong = 0; wrong < 6; wrong++) await validate('b', `00000${wrong}`);
    const { clients } = await stats();
    expect(clients).toEqual({ total: 3, active: 1, locked: 1, disabled: 1 });
    for (const status of ['active', 'locked', 'disabled'] as const) {
      const list = await account.call('GET', `/api/totp/clients?status=${status}`);
      expect(list.json().data).toHaveLength(clients[status]);
    }
  });

  test('has hours for a week and days for a month', async () => {
    expect(await stats('?range=7d')).toMatchObject({ bucketSeconds: 3600, from: '2026-01-24T10:00:00.000Z' });
    const month = await stats('?range=30d');
    expect(month).toMatchObject({ bucketSeconds: 86400, from: '2026-01-02T00:00:00.000Z' });
    expect(month.buckets).toHaveLength(30);
    expectProblem(await account.call('GET', '/api/stats?range=1y'), 400, 'query_invalid');
  });

  test('counts in a time of its own, by hour or day, and says why it cannot', async () => {
    const { secret } = await account.enrol('ada');
    await validate('ada', codeAt(secret, kanda.now()));
    const hours = await stats('?from=2026-01-31T08:30:00Z&to=2026-01-31T10:00:00%2B01:00');
    expect(hours).toMatchObject({
      range: 'custom',
      bucketSeconds: 3600,
      from: '2026-01-31T08:00:00.000Z',
      to: '2026-01-31T09:00:00.000Z',
      totals: { accepted: 0 },
    });
    const days = await stats('?from=2025-12-01T00:00:00Z');
    expect(days).toMatchObject({
      range: 'custom',
      bucketSeconds: 86400,
      from: '2025-12-01T00:00:00.000Z',
      to: '2026-01-31T09:30:15.000Z',
      totals: { accepted: 1 },
    });
    expect(days.buckets).toHaveLength(62);
    const refused = async (query: string, path: string) => {
      const answer = await account.call('GET', `/api/stats?${query}`);
      expectProblem(answer, 400, 'query_invalid');
      expect(answer.json().errors, query).toMatchObject([{ path }]);
      return answer.json().detail;
    };
    expect(await refused('from=2025-01-01T00:00:00Z', '/from')).toBe(
      'The query is invalid: from is more than 366 days before the end.',
    );
    await refused('from=2026-02-01T00:00:00Z', '/from');
    await refused('from=2026-01-31T00:00:00Z&to=2026-01-31T00:00:00Z', '/to');
    await refused('to=2026-01-31T00:00:00Z', '/to');
    await refused('range=7d&from=2026-01-31T00:00:00Z', '/from');
    await refused('from=yesterday', '/from');
  });

  test('shows one account what is its own, to anyone who may read its log', async () => {
    const { secret } = await account.enrol('ada');
    await validate('ada', codeAt(secret, kanda.now()));
    const other = await kanda.signUp();
    const { totals, clients } = (await other.call('GET', '/api/stats')).json();
    expect([totals.accepted, clients.total]).toEqual([0, 0]);
    const key = await account.createKey({ scopes: ['totp:read'] });
    expectProblem(await key.call('GET', '/api/stats'), 403, 'scope_missing');
  });
});

describe('GET /api/logs/{id}', () => {
  test('gives the event as the list has it', async () => {
    await account.enrol('ada');
    const [newest] = (await account.call('GET', '/api/logs?limit=1')).json().data;
    expect((await account.call('GET', `/api/logs/${newest.id}`)).json()).toEqual(newest);
  });

  test("is 404 for one that is not there, and for another account's", async () => {
    const other = await kanda.signUp();
    for (const clientId of ['a', 'b', 'c']) await other.enrol(clientId);
    expect((await other.call('GET', '/api/logs/5')).statusCode).toBe(200);
    expectProblem(await account.call('GET', '/api/logs/5'), 404, 'event_not_found');
    expectProblem(await account.call('GET', '/api/logs/0'), 400, 'params_invalid');
  });
});

describe('GET /api/info', () => {
  test('tells anybody what pages have to know before someone signs in', async () => {
    const answer = await kanda.call('GET', '/api/info');
    expect(answer.json()).toEqual({
      version: '1.2.3',
      registrationOpen: true,
      publicUrl: null,
      cookieLogin: true,
      securityContact: null,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('tells when a log-in by cookie cannot work, before a password is typed', async () => {
    const headers = { host: 'kanda.example.com' };
    expect((await kanda.call('GET', '/api/info', undefined, { headers })).json()).toMatchObject({
      cookieLogin: false,
    });
  });

  test('tells that registration is closed, and the public URL', async () => {
    const closed = await startApp({
      config: { registration: 'closed' },
      publicUrl: 'https://kanda.example.com',
    });
    expect((await closed.call('GET', '/api/info')).json()).toMatchObject({
      registrationOpen: false,
      publicUrl: 'https://kanda.example.com',
      cookieLogin: true,
    });
    await closed.close();
  });
});
