import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import {
  accountOf,
  codeAt,
  expectProblem,
  PASSWORD,
  SECOND,
  startApp,
  type TestApp,
} from '../support/start-app.ts';

interface Check {
  readonly check: string;
  readonly level: string;
  readonly found: string;
  readonly remedy?: string;
}

const CLI = { actor: 'cli', ip: null, userAgent: null, requestId: null };

/** The account that the operator has made first, and its log-in. */
async function owner({ installation, call, now }: TestApp) {
  const email = 'owner@example.com';
  await installation.accounts.create({ email, password: new Secret(PASSWORD) }, { at: now(), origin: CLI });
  const { token } = (await call('POST', '/api/auth/login', { email, password: PASSWORD })).json();
  return accountOf({ userId: '', email }, token, (bearer) => (method, url, body, more = {}) => {
    const headers = { authorization: `Bearer ${bearer}`, ...more.headers };
    return call(method, url, body, { ...more, headers });
  });
}

describe('the status of the installation', () => {
  it('is for the first account, by a log-in alone', async () => {
    const kanda = await startApp();
    const first = await owner(kanda);
    const answer = await first.call('GET', '/api/admin/status');
    expect(answer.statusCode).toBe(200);
    const { ok, checks } = answer.json<{ ok: boolean; checks: Check[] }>();
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).toEqual([
      'Version',
      'Public URL',
      'HTTPS',
      'Store',
      'Disk space',
      'Last backup',
      'Workers',
      'Codes and clock',
      'Master key age',
    ]);
    expect((await first.call('GET', '/api/auth/me')).json()).toMatchObject({ operator: true });

    const scopes = ['totp:read', 'keys:write', 'logs:read'];
    const key = await first.createKey({ scopes });
    expectProblem(await key.call('GET', '/api/admin/status'), 404, 'route_not_found');
    expect((await key.call('GET', '/api/auth/me')).json()).not.toHaveProperty('operator');
    const traded = (await kanda.call('POST', '/api/auth/token', { apiKey: key.apiKey })).json();
    expectProblem(await first.as(traded.token)('GET', '/api/admin/status'), 404, 'route_not_found');
    await kanda.close();
  });

  it('is not there for other accounts, nor for the test half, nor once the mark is gone', async () => {
    const kanda = await startApp();
    const first = await owner(kanda);
    const tenant = await kanda.signUp();
    expectProblem(await tenant.call('GET', '/api/admin/status'), 404, 'route_not_found');
    expect((await tenant.call('GET', '/api/auth/me')).json()).toMatchObject({ operator: false });
    const half = { headers: { 'kanda-mode': 'test' } };
    expectProblem(await first.call('GET', '/api/admin/status', undefined, half), 404, 'route_not_found');

    const { store } = kanda.installation;
    const { id = 0 } = (await store.findAccountByEmail(first.email)) ?? {};
    await store.setOperator(id, false, { at: kanda.now(), origin: CLI });
    kanda.advance(2 * SECOND);
    expectProblem(await first.call('GET', '/api/admin/status'), 404, 'route_not_found');
    await kanda.close();
  });

  it('is the first one’s who signs up on a server that only its own machine reaches', async () => {
    const kanda = await startApp();
    const first = await kanda.signUp();
    expect((await first.call('GET', '/api/admin/status')).statusCode).toBe(200);
    const second = await kanda.signUp();
    expectProblem(await second.call('GET', '/api/admin/status'), 404, 'route_not_found');
    await kanda.close();
  });

  it('is not the first one’s who comes where anyone may sign up', async () => {
    const kanda = await startApp({ config: { registration: 'open' } });
    const stranger = await kanda.signUp();
    expectProblem(await stranger.call('GET', '/api/admin/status'), 404, 'route_not_found');
    await kanda.close();
  });

  it('says what is wrong, and what to do', async () => {
    const kanda = await startApp({ publicUrl: 'http://kanda.example.com' });
    const first = await owner(kanda);
    for (let user = 0; user < 5; user++) {
      const { clientId, secret } = await first.enrol(`user-${user}`);
      const token = codeAt(secret, kanda.now() - 120 * SECOND);
      await first.call('POST', '/api/totp/validate', { clientId, token });
    }
    const host = { headers: { host: 'kanda.example.com' } };
    const { ok, checks } = (await first.call('GET', '/api/admin/status', undefined, host)).json();
    expect(ok).toBe(false);
    const wrong = (checks as Check[]).filter(({ level }) => level !== 'fine');
    expect(wrong.map(({ check, level }) => [check, level])).toEqual([
      ['Public URL', 'look'],
      ['HTTPS', 'look'],
      ['Last backup', 'look'],
      ['Codes and clock', 'problem'],
    ]);
    expect(wrong.every(({ remedy }) => remedy !== undefined)).toBe(true);
    expect(wrong.at(-1)?.found).toMatch(/looks about 120 s ahead/);
    await kanda.close();
  });
});
