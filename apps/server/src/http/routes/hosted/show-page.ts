import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../../../domain/errors.ts';
import { logoDataUrl } from '../../../domain/links/hosted-look.ts';
import type { FoundLink } from '../../../domain/links/ports.ts';
import { DEFAULT_ACCENT } from '../../hosted/accent.ts';
import {
  type HostedLook,
  type HostedView,
  hostedHeaders,
  hostedPage,
  localeFor,
} from '../../hosted/hosted-page.ts';
import { PROBLEMS } from '../../server/problems.ts';

const YEAR_SECONDS = 31_536_000;
const STATUS_OF_END = { unknown: 404, expired: 410, used: 410, cancelled: 410, unavailable: 503 } as const;

/** How the page of a request looks, once its link is found. */
const LOOKS = new WeakMap<FastifyRequest, HostedLook>();

/** Has the pages of this request look as the account of its link has chosen. */
export function lookLike(request: FastifyRequest, { link, pages }: FoundLink): void {
  LOOKS.set(request, {
    locale: localeFor(link.locale, request.headers['accept-language']),
    name: pages.name ?? link.issuer,
    logo: pages.logo === null ? null : logoDataUrl(pages.logo),
    accent: pages.accent ?? DEFAULT_ACCENT,
  });
}

/** Sends a page; what has ended has the status of that. */
export function showPage(
  view: HostedView,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number = view.kind === 'ended' ? STATUS_OF_END[view.reason] : 200,
): FastifyReply {
  const look = LOOKS.get(request) ?? plainLook(request);
  // Browsers look at it over HTTPS alone.
  reply.headers(hostedHeaders(look)).header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
  return reply.code(status).send(hostedPage(view, look));
}

/** A fault as the person sees it: no problem document, and no word that is for developers. */
export function showFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (fault.code === 'link_not_found') return showPage({ kind: 'ended', reason: 'unknown' }, request, reply);
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  return showPage({ kind: 'ended', reason: 'unavailable' }, request, reply, PROBLEMS[fault.code].status);
}

function plainLook(request: FastifyRequest): HostedLook {
  const locale = localeFor(null, request.headers['accept-language']);
  return { locale, name: 'Kanda', logo: null, accent: DEFAULT_ACCENT };
}
