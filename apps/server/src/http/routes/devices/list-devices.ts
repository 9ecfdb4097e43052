import { type Device, deviceIdIn, deviceName } from '../../../domain/devices/device.ts';
import { deviceNotFound } from '../../../domain/devices/faults.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, listOf, parameters } from '../schemas.ts';
import { timestamp, timestampOrNull } from '../views.ts';
import { DeviceId, DeviceView } from './schemas.ts';

/** All of a client's trusted devices, which are a few, and one of them. */
export function listDevices(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'listDevices'>,
): void {
  const onRequest = authenticate('totp:read');
  const shared = { tags: ['Trusted devices'], security: [{ bearer: ['totp:read'] }] };
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/devices',
    onRequest,
    schema: {
      ...shared,
      operationId: 'listDevices',
      summary: "A user's trusted devices, oldest first; never their tokens",
      description: 'A user has ten at most, so the list has no pages.',
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: listOf(DeviceView) }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const devices = await store.listDevices(account.id, request.params.clientId, clock(request));
      return { data: devices.map(deviceView) };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/devices/:deviceId',
    onRequest,
    schema: {
      ...shared,
      operationId: 'getDevice',
      summary: 'One trusted device; never its token',
      description: 'When it was trusted, last used, and when it ends.',
      params: parameters({ clientId: ClientId, deviceId: DeviceId }),
      response: answers({ 200: DeviceView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const { clientId, deviceId } = request.params;
      const devices = await store.listDevices(account.id, clientId, clock(request));
      const device = devices.find(({ id }) => id === deviceIdIn(deviceId));
      if (device === undefined) throw deviceNotFound();
      return deviceView(device);
    },
  });
}

function deviceView({ id, label, createdAt, lastUsedAt, expiresAt }: Device) {
  return {
    id: deviceName(id),
    label,
    createdAt: timestamp(createdAt),
    lastUsedAt: timestampOrNull(lastUsedAt),
    expiresAt: timestamp(expiresAt),
  };
}
