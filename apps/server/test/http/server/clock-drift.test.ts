import { describe, expect, it } from 'vitest';
import { codeAt, expectProblem, SECOND, startApp, startAppWithAccount } from '../support/start-app.ts';

const metric = (body: string, name: string) =>
  body
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);

describe('a server whose clock is two minutes behind', async () => {
  const { kanda, account } = await startAppWithAccount();

  it('says so in /readyz and /metrics, and to callers as of any wrong code', async () => {
    expect((await kanda.call('GET', '/readyz')).json()).toEqual({ status: 'ok' });
    for (let user = 0; user < 6; user++) {
      const { clientId, secret } = await account.enrol(`user-${user}`);
      const token = codeAt(secret, kanda.now() + 120 * SECOND);
      const answer = await account.call('POST', '/api/totp/validate', { clientId, token });
      expect(answer.json()).toEqual({ valid: false, reason: 'invalid_code' });
    }
    const ready = await kanda.call('GET', '/readyz');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toEqual({
      status: 'ok',
      warnings: [
        expect.stringMatching(/^This server's clock looks about 120 s behind: the codes of 6 users/),
      ],
    });
    const { body } = await kanda.call('GET', '/metrics');
    expect(metric(body, 'kanda_near_codes_total{server="behind"}')).toBe('6');
    expect(metric(body, 'kanda_clock_drift_seconds{server="behind"}')).toBe('120');
    expect(metric(body, 'kanda_clock_drift_seconds{server="ahead"}')).toBe('0');
  });

  it('learns nothing of it from a test half whose clock was set', async () => {
    const key = await account.createKey({ mode: 'test' });
    expect((await key.call('POST', '/api/test/clock', { advanceSeconds: 3_600 })).statusCode).toBe(200);
    const enrolled = await key.call('POST', '/api/totp/register', {
      clientId: 'tested',
      label: 'a',
      issuer: 'b',
      qr: 'none',
    });
    const token = codeAt(enrolled.json().secret, kanda.now() + 3_600 * SECOND + 120 * SECOND);
    const answer = await key.call('POST', '/api/totp/validate', { clientId: 'tested', token });
    expect(answer.json()).toEqual({ valid: false, reason: 'invalid_code' });
    const { body } = await kanda.call('GET', '/metrics');
    expect(metric(body, 'kanda_near_codes_total{server="behind"}')).toBe('6');
  });
});

describe('calls that are turned away', () => {
  it('are counted by their reason', async () => {
    const kanda = await startApp({ rateLimit: 2, stopping: () => true });
    const { token } = await kanda.signUp();
    const ask = () =>
      kanda.call('GET', '/api/keys', undefined, { headers: { authorization: `Bearer ${token}` } });
    const statuses = [];
    for (let call = 0; call < 5; call++) statuses.push((await ask()).statusCode);
    const limited = statuses.filter((status) => status === 429).length;
    expect(limited).toBeGreaterThan(0);
    expectProblem(await kanda.call('GET', '/readyz'), 503, 'stopping');
    const { body } = await kanda.call('GET', '/metrics');
    expect(metric(body, 'kanda_refusals_total{code="rate_limited"}')).toBe(String(limited));
    expect(metric(body, 'kanda_refusals_total{code="stopping"}')).toBe('1');
    expect(metric(body, 'kanda_refusals_total{code="store_unavailable"}')).toBe('0');
    await kanda.close();
  });
});
