import { deviceIdIn } from '../../../domain/devices/device.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { noContent, once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ClientId, Empty, parameters } from '../schemas.ts';
import { DeviceId } from './schemas.ts';

/** Ends all trusted devices of a client, or one of them. */
export function endDevices(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'endDevice' | 'endDevices'>,
): void {
  const onRequest = authenticate('totp:write');
  const shared = { tags: ['Trusted devices'], security: [{ bearer: ['totp:write'] }] };
  app.route({
    method: 'DELETE',
    url: '/api/totp/clients/:clientId/devices',
    onRequest,
    schema: {
      ...shared,
      operationId: 'endDevices',
      summary: 'End all trusted devices of a user: a code is asked for in each browser',
      description: 'The tokens in their cookies are worth nothing from here on.',
      params: parameters({ clientId: ClientId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      const { clientId } = request.params;
      await once(request, made, (change) => store.endDevices(account.id, clientId, change), noContent);
      return reply.code(204).send(null);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/api/totp/clients/:clientId/devices/:deviceId',
    onRequest,
    schema: {
      ...shared,
      operationId: 'endDevice',
      summary: 'End one trusted device',
      description: 'That browser is asked for a code again.',
      params: parameters({ clientId: ClientId, deviceId: DeviceId }),
      response: answers({ 204: Empty }, [400, 401, 403, 404, 413, 415, 503]),
    },
    async handler(request, reply) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      const { clientId, deviceId } = request.params;
      const id = deviceIdIn(deviceId);
      await once(request, made, (change) => store.endDevice(account.id, clientId, id, change), noContent);
      return reply.code(204).send(null);
    },
  });
}
