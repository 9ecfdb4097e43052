import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../domain/errors.ts';

/**
 * Whether a form was sent by a page of this server. No cookie speaks for the person, the link itself does; this is for
 * a link that has leaked. Browsers say where a form comes from in `Sec-Fetch-Site`. Those that do not send `Origin`, which
 * is `null` for our own pages, since they send no referrer.
 */
export function isOwnForm(request: FastifyRequest, publicUrl: string | null): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const own = [
    publicUrl === null ? null : new URL(publicUrl).origin,
    `${request.protocol}://${request.host}`,
  ];
  return origin === undefined || origin === 'null' || own.includes(origin);
}

/** The fault of a form of another site. */
export function foreignForm(): Fault {
  return new Fault(
    'cross_site_request',
    'This form was not sent by a page of this server. Nothing was done.',
  );
}
