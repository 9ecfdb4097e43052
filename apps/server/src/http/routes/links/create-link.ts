import type { FastifyRequest } from 'fastify';
import { LINK_TTL } from '../../../domain/links/link.ts';
import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { assertScannable } from '../clients/qr.ts';
import { MadeLinkView, madeLinkView, NewLinkBody } from './schemas.ts';

/** A key that may change authenticators may send links that do. A support desk gets links:write alone, which shows no secret. */
export const LINK_SCOPES = ['links:write', 'totp:write'] as const;

export function createLink(
  app: App,
  { authenticate, clock, links, publicUrl }: RouteNeeds<'authenticate' | 'clock' | 'links' | 'publicUrl'>,
): void {
  app.route({
    method: 'POST',
    url: '/api/totp/links',
    onRequest: authenticate(LINK_SCOPES),
    schema: {
      operationId: 'createLink',
      summary: 'Make a link on which a user enrols, replaces an authenticator, or shows a code',
      description:
        'Send the URL to the user. The page shows the secret to the user alone; opening it uses nothing up. A newer link of the same purpose ends the older one. Of challenges 20 wait beside each other, then the oldest ends.',
      tags: ['Links'],
      security: LINK_SCOPES.map((scope) => ({ bearer: [scope] })),
      body: NewLinkBody,
      response: answers({ 201: MadeLinkView }, [400, 401, 403, 404, 409, 413, 415, 503, 507]),
    },
    async handler(request, reply) {
      const {
        ttl = LINK_TTL.default,
        returnUrl = null,
        locale = null,
        label = null,
        issuer = null,
      } = request.body;
      const { clientId, purpose } = request.body;
      if (purpose !== 'enrol')
        for (const [name, value] of Object.entries({ label, issuer }))
          if (value !== null) throw bodyInvalid(`/${name}`, `cannot be combined with purpose ${purpose}`);
      const { account } = principalOf(request);
      const asked = { clientId, purpose, ttl, returnUrl, locale, label, issuer };
      const { status, body } = await once(
        request,
        changeOf(request, clock),
        (change) => links.create(account, asked, change, assertScannable),
        (made) => ({ status: 201 as const, body: madeLinkView(made, baseOf(request, publicUrl)) }),
      );
      return reply.code(status).send(body);
    },
  });
}

/** Where people reach this server; unless that is configured, where the caller has. */
function baseOf({ protocol, host }: FastifyRequest, publicUrl: string | null): string {
  return publicUrl ?? `${protocol}://${host}`;
}
