import { daysOfUse } from '../../../domain/keys/key-use.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { parameters } from '../schemas.ts';
import { keyView, timestamp } from '../views.ts';
import { KeyId, UsedKeyView } from './schemas.ts';

const DAYS = 30;

export function getKey(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'readApiKey' | 'readKeyUse'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/keys/:id',
    onRequest: authenticate('keys:write'),
    schema: {
      operationId: 'getKey',
      summary: 'One API key, and what it did by day',
      description: 'Its events are those of GET /api/logs with actor=key:<id>.',
      tags: ['API keys'],
      security: [{ bearer: ['keys:write'] }],
      params: parameters({ id: KeyId }),
      response: answers({ 200: UsedKeyView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const now = clock(request);
      const key = await store.readApiKey(account.id, request.params.id);
      const counted = await store.readKeyUse(account.id, key.id, now - (DAYS - 1) * DAY_MS);
      const use = daysOfUse(counted, now, DAYS).map((day) => ({ ...day, start: timestamp(day.start) }));
      return { ...keyView(key, account), use };
    },
  });
}
