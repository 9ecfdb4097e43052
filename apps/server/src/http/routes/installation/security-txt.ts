import { Fault } from '../../../domain/errors.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { App } from '../../server/app.ts';
import type { RouteNeeds } from '../../server/services.ts';
import { timestamp } from '../views.ts';

/** RFC 9116 §2.5.5 wants less than a year; whoever reads it again reads a later one. */
const VALID_FOR_MS = 90 * DAY_MS;

/** Whom to tell of a hole in this server (RFC 9116): whoever runs it, and nobody when that is not known. */
export function securityTxt(
  app: App,
  { clock, publicUrl, securityContact }: RouteNeeds<'clock' | 'publicUrl' | 'securityContact'>,
): void {
  app.get('/.well-known/security.txt', { schema: { hide: true } }, async (_request, reply) => {
    if (securityContact === null) {
      throw new Fault(
        'route_not_found',
        'Whoever runs this server has named no contact (KANDA_SECURITY_CONTACT). SECURITY.md in the repository names that of Kanda itself.',
      );
    }
    const expires = timestamp(Math.floor((clock() + VALID_FOR_MS) / DAY_MS) * DAY_MS);
    const lines = [`Contact: ${securityContact}`, `Expires: ${expires}`];
    if (publicUrl !== null) lines.push(`Canonical: ${publicUrl}/.well-known/security.txt`);
    reply.header('x-content-type-options', 'nosniff');
    return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
  });
}
