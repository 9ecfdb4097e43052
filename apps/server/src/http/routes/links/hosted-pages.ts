import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import {
  HostedPagesView,
  hostedPagesView,
  NewHostedPages,
  readHostedPages,
} from './hosted-pages-settings.ts';

/** A logo in base64, and the rest. */
const BODY_LIMIT = 128 * 1024;

export function getHostedPages(
  app: App,
  { authenticate, store }: RouteNeeds<'authenticate', 'findHostedPages'>,
): void {
  app.route({
    method: 'GET',
    url: '/api/hosted-pages',
    onRequest: authenticate('totp:read'),
    schema: {
      operationId: 'getHostedPages',
      summary: 'Get how the pages of links look, and where they may send users',
      description: 'What was never set is null, and no origin is listed.',
      tags: ['Links'],
      security: [{ bearer: ['totp:read'] }],
      response: answers({ 200: HostedPagesView }, [401, 403, 503]),
    },
    handler: async (request) => hostedPagesView(await store.findHostedPages(principalOf(request).account.id)),
  });
}

export function putHostedPages(
  app: App,
  { authenticate, clock, store }: RouteNeeds<'authenticate' | 'clock', 'setHostedPages'>,
): void {
  app.route({
    method: 'PUT',
    url: '/api/hosted-pages',
    // As the policy: a thief of an application's key must not be able to have results sent to a site of their own.
    onRequest: authenticate('keys:write'),
    bodyLimit: BODY_LIMIT,
    schema: {
      operationId: 'putHostedPages',
      summary: 'Set how the pages of links look, and where they may send users',
      description:
        'Replaces all of it: omitted settings return to their defaults. It holds for links that are out, too.',
      tags: ['Links'],
      security: [{ bearer: ['keys:write'] }],
      body: NewHostedPages,
      response: answers({ 200: HostedPagesView }, [400, 401, 403, 413, 415, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const pages = readHostedPages(request.body);
      const { body } = await once(
        request,
        changeOf(request, clock),
        (change) => store.setHostedPages(account.id, pages, change),
        (set) => ({ status: 200, body: hostedPagesView(set) }),
      );
      return body;
    },
  });
}
