import { Fault } from '../../../domain/errors.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { timestamp } from '../views.ts';

/** RFC 9116 §2.5.5 wants less than a year; each request returns a later one. */
const VALID_FOR_MS = 90 * DAY_MS;

/** The security contact of this server (RFC 9116), if the operator has set one. */
export function securityTxt(
  app: App,
  { clock, publicUrl, securityContact }: RouteNeeds<'clock' | 'publicUrl' | 'securityContact'>,
): void {
  app.get('/.well-known/security.txt', { schema: { hide: true } }, async (request, reply) => {
    if (securityContact === null) {
      throw new Fault(
        'route_not_found',
        'No security contact is configured (KANDA_SECURITY_CONTACT). SECURITY.md in the repository has the contact of the project itself.',
      );
    }
    const expires = timestamp(Math.floor((clock(request) + VALID_FOR_MS) / DAY_MS) * DAY_MS);
    const lines = [`Contact: ${securityContact}`, `Expires: ${expires}`];
    if (publicUrl !== null) lines.push(`Canonical: ${publicUrl}/.well-known/security.txt`);
    reply.header('x-content-type-options', 'nosniff');
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
}
