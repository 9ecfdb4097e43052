import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../../../domain/errors.ts';
import { type HostedPages, logoDataUrl } from '../../../domain/links/hosted-look.ts';
import type { FoundLink } from '../../../domain/links/ports.ts';
import { DEFAULT_ACCENT } from '../../hosted/accent.ts';
import {
  type HostedLook,
  type HostedView,
  hostedHeaders,
  hostedPage,
  hostedPart,
  localeFor,
} from '../../hosted/hosted-page.ts';
import { PROBLEMS } from '../../server/problems.ts';
import { allowReading, asksForPart } from './embedding.ts';
import { endOfFault } from './end-of-fault.ts';

const YEAR_SECONDS = 31_536_000;
/** Of how a link has ended; a fault has a status of its own. */
const STATUS_OF_END = {
  ...{ unknown: 404, expired: 410, used: 410, cancelled: 410, unavailable: 503 },
  ...{ full: 403, busy: 429, down: 503, unreadable: 400, foreign: 403 },
} as const;

/** How the page of a request looks, and of whose account it is, once its link is found. */
const LOOKS = new WeakMap<FastifyRequest, { readonly look: HostedLook; readonly pages: HostedPages }>();

/** Has the pages of this request look as the account of its link has chosen. */
export function lookLike(request: FastifyRequest, { link, pages }: FoundLink): void {
  const look = {
    locale: localeFor(link.locale, request.headers['accept-language']),
    name: pages.name ?? link.issuer,
    logo: pages.logo === null ? null : logoDataUrl(pages.logo),
    accent: pages.accent ?? DEFAULT_ACCENT,
  };
  LOOKS.set(request, { look, pages });
}

/** Sends a page, or the part of it that an element in another page asks for; what has ended has the status of that. */
export function showPage(
  view: HostedView,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number = view.kind === 'ended' ? STATUS_OF_END[view.reason] : 200,
): FastifyReply {
  const { look, pages } = LOOKS.get(request) ?? { look: plainLook(request), pages: null };
  if (asksForPart(request)) {
    allowReading(request, reply, pages);
    return reply.code(status).header('cache-control', 'no-store').send(hostedPart(view, look));
  }
  // Browsers look at it over HTTPS alone.
  reply.headers(hostedHeaders(look)).header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
  return reply.code(status).send(hostedPage(view, look));
}

/** A fault as the person sees it: no problem document, and no word that is for developers. */
export function showFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  return showPage(endOfFault(fault), request, reply, PROBLEMS[fault.code].status);
}

function plainLook(request: FastifyRequest): HostedLook {
  const locale = localeFor(null, request.headers['accept-language']);
  return { locale, name: 'Kanda', logo: null, accent: DEFAULT_ACCENT };
}
