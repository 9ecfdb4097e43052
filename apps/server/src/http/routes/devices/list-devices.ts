import { Type } from 'typebox';
import { deviceName } from '../../../domain/devices/device.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, parameters } from '../schemas.ts';
import { timestamp, timestampOrNull } from '../views.ts';
import { DeviceView } from './schemas.ts';

export function listDevices(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'listDevices'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/totp/clients/:clientId/devices',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'listDevices',
      summary: "A user's trusted devices, oldest first; never their tokens",
      tags: ['Trusted devices'],
      security: [{ bearer: ['totp:read'] }],
      params: parameters({ clientId: ClientId }),
      response: answers({ 200: Type.Object({ data: Type.Array(DeviceView) }) }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const devices = await store.listDevices(account.id, request.params.clientId, clock(request));
      const data = devices.map(({ id, label, createdAt, lastUsedAt, expiresAt }) => ({
        id: deviceName(id),
        label,
        createdAt: timestamp(createdAt),
        lastUsedAt: timestampOrNull(lastUsedAt),
        expiresAt: timestamp(expiresAt),
      }));
      return { data };
    },
  });
}
