/** How statuses of calls about trusted devices are brought about, by route and status. */
import { codeAt } from '../support/start-app.ts';
import { account, fresh, kanda, type Way } from './status-apps.ts';

const DEVICES = '/api/totp/clients/{clientId}/devices';

/** A client with a trusted device. The account's policy is as before when this resolves. */
async function withDevice(): Promise<{ clientId: string; deviceId: string }> {
  const { clientId, secret } = await account.enrol(fresh());
  await account.call('PUT', '/api/policy', { trustedDevices: true });
  const token = codeAt(secret, kanda.now());
  const trustDevice = { label: 'Firefox' };
  const trusted = await account.call('POST', '/api/totp/validate', { clientId, token, trustDevice });
  await account.call('PUT', '/api/policy', {});
  return { clientId, ...trusted.json<{ deviceId: string }>() };
}

export const DEVICE_WAYS: Record<string, Way> = {
  [`GET ${DEVICES} 200`]: async () => {
    const { clientId } = await withDevice();
    return account.call('GET', DEVICES.replace('{clientId}', clientId));
  },
  [`DELETE ${DEVICES} 204`]: async () => {
    const { clientId } = await withDevice();
    return account.call('DELETE', DEVICES.replace('{clientId}', clientId));
  },
  [`GET ${DEVICES}/{deviceId} 200`]: async () => {
    const { clientId, deviceId } = await withDevice();
    return account.call('GET', `${DEVICES.replace('{clientId}', clientId)}/${deviceId}`);
  },
  [`DELETE ${DEVICES}/{deviceId} 204`]: async () => {
    const { clientId, deviceId } = await withDevice();
    return account.call('DELETE', `${DEVICES.replace('{clientId}', clientId)}/${deviceId}`);
  },
};
