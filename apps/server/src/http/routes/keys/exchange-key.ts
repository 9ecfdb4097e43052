import { Type } from 'typebox';
import { tokenLimits } from '../../../domain/limits/limits.ts';
import { Secret } from '../../../domain/secret.ts';
import { answers } from '../../server/answers.ts';
import { addressOf, changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import { MODE_HEADER } from '../../server/test-mode.ts';
import type { App } from '../../server/types.ts';
import { formatDuration } from '../accounts/duration.ts';
import { TokenView } from '../accounts/schemas.ts';
import { body } from '../schemas.ts';

export function exchangeKey(
  app: App,
  { apiKeys, clock, limited }: RouteNeeds<'apiKeys' | 'clock' | 'limited'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/auth/token',
    schema: {
      operationId: 'exchangeKey',
      summary: 'Exchange an API key for a token',
      description:
        'The token has the scopes of the key, and ends with it. An application may also send the key itself as the bearer.',
      tags: ['Accounts'],
      body: body({ apiKey: Type.String({ maxLength: 256, examples: ['kan_your_api_key_here'] }) }),
      response: answers({ 200: TokenView }, [400, 401, 413, 415, 429, 503]),
    },
    async handler(request, reply) {
      const { apiKey } = request.body;
      const rules = tokenLimits(addressOf(request), apiKeys.claimedId(apiKey));
      const issued = await limited(reply, rules, 'failures', () =>
        apiKeys.exchange(new Secret(apiKey), changeOf(request, clock)),
      );
      reply.header('cache-control', 'no-store');
      if (issued.mode === 'test') reply.header(MODE_HEADER, 'test');
      const { token, expiresInSeconds } = issued;
      return { token, expiresIn: formatDuration(expiresInSeconds), expiresInSeconds };
    },
  });
}
