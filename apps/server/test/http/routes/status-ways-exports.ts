/** As status-ways.ts, for the export of secrets. */
import { OwnFactor } from '../accounts/own-factor.ts';
import { ownerAt } from '../support/start-app.ts';
import { full, protectedBy, type Way, withoutTables } from './status-apps.ts';

const PATH = '/api/totp/export?recipient=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

export const EXPORT_WAYS: Record<string, Way> = {
  'GET /api/totp/export 200': () => protectedBy(({ call }) => call('GET', PATH)),
  'GET /api/totp/export 503': () => protectedBy(({ call }) => withoutTables(() => call('GET', PATH))),
  'GET /api/totp/export 507': async () => {
    const call = await ownerAt(full);
    await OwnFactor.turnOn(full, { call });
    return call('GET', PATH);
  },
};
