import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../domain/errors.ts';

/**
 * Refuses a form that a page of another site has sent. No cookie speaks for the person, the link itself does; this is for
 * a link that has leaked. Browsers say where a form comes from in `Sec-Fetch-Site`. Those that do not send `Origin`, which
 * is `null` for our own pages, since they send no referrer. Faults: cross_site_request.
 */
export function assertOwnForm(request: FastifyRequest, publicUrl: string | null): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw foreign();
  }
  const own = [
    publicUrl === null ? null : new URL(publicUrl).origin,
    `${request.protocol}://${request.host}`,
  ];
  if (origin === undefined || origin === 'null' || own.includes(origin)) return;
  throw foreign();
}

function foreign(): Fault {
  return new Fault(
    'cross_site_request',
    'This form was not sent by a page of this server. Nothing was done.',
  );
}
