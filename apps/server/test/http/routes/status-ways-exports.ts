/** As status-ways.ts, for the export of secrets. */
import { MIN_FACTOR_AGE_MS } from '../../../src/domain/clients/secret-exports.ts';
import { logIn, OwnFactor } from '../accounts/own-factor.ts';
import { type Call, ownerAt } from '../support/start-app.ts';
import { full, kanda, type Way, withoutTables } from './status-apps.ts';

const PATH = '/api/totp/export?recipient=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

const mayExport = async (): Promise<Call> => (await OwnFactor.longOn(kanda)).account.call;

export const EXPORT_WAYS: Record<string, Way> = {
  'GET /api/totp/export 200': async () => (await mayExport())('GET', PATH),
  'GET /api/totp/export 503': async () => {
    const call = await mayExport();
    return withoutTables(() => call('GET', PATH));
  },
  'GET /api/totp/export 507': async () => {
    full.setClock(full.now() - MIN_FACTOR_AGE_MS);
    const call = await ownerAt(full);
    const factor = await OwnFactor.turnOn(full, { call });
    const { email } = (await call('GET', '/api/auth/me')).json<{ email: string }>();
    full.advance(MIN_FACTOR_AGE_MS);
    const { token } = (await logIn(full, email, { totp: factor.nextCode() })).json<{ token: string }>();
    return full.call('GET', PATH, undefined, { headers: { authorization: `Bearer ${token}` } });
  },
};
