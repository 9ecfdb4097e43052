import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import type { RouteContext } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named, nullable } from '../schemas.ts';

const View = Type.Object(
  {
    version: Type.String({ description: 'Version of Kanda.', examples: ['0.1.0'] }),
    registrationOpen: Type.Boolean({ description: 'Whether anyone may create an account here.' }),
    publicUrl: nullable(Type.String({ description: 'Public URL of this server; null if not configured.' })),
    cookieLogin: Type.Boolean({
      description:
        'Whether a login with session "cookie" works over the connection of this request: HTTPS, or localhost.',
    }),
    securityContact: nullable(
      Type.String({ description: 'Security contact; also in /.well-known/security.txt.' }),
    ),
  },
  named('ServerInfo', 'Facts about this server.', {
    version: '0.1.0',
    registrationOpen: true,
    publicUrl: 'https://kanda.example.com',
    cookieLogin: true,
    securityContact: 'mailto:security@example.com',
  }),
);

/** What a page has to know before anybody has signed in; openapi.json tells the rest. */
export function getInfo(
  app: App,
  { publicUrl, registration, securityContact, sessionCookies, version }: RouteContext,
): void {
  app.route({
    method: 'GET',
    url: '/api/info',
    schema: {
      operationId: 'getInfo',
      summary: 'Facts about this server, for its own pages',
      description: 'Nothing in it is secret: anybody may ask.',
      tags: ['Operations'],
      response: answers({ 200: View }, []),
    },
    async handler(request, reply) {
      reply.header('cache-control', 'no-store');
      const cookieLogin = sessionCookies.works(request);
      // While the store does not answer, sign-up is impossible.
      const registrationOpen = await registration.isOpen().catch(() => false);
      return { version, registrationOpen, publicUrl, cookieLogin, securityContact };
    },
  });
}
