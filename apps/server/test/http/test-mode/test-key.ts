/** Accounts with test keys. */
import { HOUR, SECOND, type TestApp } from '../support/start-app.ts';

export const DAY = 24 * HOUR;
/** For calls of a log-in that are about the test half. */
export const TEST = { headers: { 'kanda-mode': 'test' } };
export const iso = (time: number) => new Date(time).toISOString();

/** What a suite does with a test key of an application. */
export function testKeysOf(kanda: TestApp) {
  /** A fresh account with a test key, and what a suite does with it. */
  async function testKey(more: object = {}) {
    const owner = await kanda.signUp();
    const { apiKey, call } = await owner.createKey({ mode: 'test', ...more });
    const advance = async (ms: number) =>
      (await call('POST', '/api/test/clock', { advanceSeconds: ms / SECOND })).json();
    const code = async (clientId: string) => (await call('GET', `/api/test/clients/${clientId}/code`)).json();
    const enrol = async (clientId: string, asked: object = {}) => {
      const body = { clientId, label: clientId, issuer: 'MyApp', qr: 'none', ...asked };
      return (await call('POST', '/api/totp/register', body)).json();
    };
    const validate = async (clientId: string, token: string) =>
      (await call('POST', '/api/totp/validate', { clientId, token })).json();
    return { owner, apiKey, call, advance, code, enrol, validate };
  }

  /** Trades a key for a token. */
  const exchange = (apiKey: string) =>
    kanda.call('POST', '/api/auth/token', { apiKey }, { remoteAddress: kanda.freshAddress() });

  return { testKey, exchange };
}
