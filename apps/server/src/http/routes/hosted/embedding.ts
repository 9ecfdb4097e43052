import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HostedPages } from '../../../domain/links/hosted-look.ts';

/**
 * Whether a request asks for the part of a page that `<kanda-enrol>` and `<kanda-challenge>` show. A form cannot: a
 * browser asks for a document then.
 */
export function asksForPart({ headers }: FastifyRequest): boolean {
  return headers.accept === 'application/json';
}

/** Whether the page that asks is on one of the origins to which the account's links may lead. */
export function isListedOrigin({ headers }: FastifyRequest, { returnOrigins }: HostedPages): boolean {
  return headers.origin !== undefined && returnOrigins.includes(headers.origin);
}

/**
 * Lets the page that asks read the answer, if it may. No cookie and no key is sent along: the link is all that speaks
 * for the person. An answer that was made before a link was found says nothing about one, so any page may read it.
 *
 * @param pages of the account of the link; null: no link was found
 */
export function allowReading(request: FastifyRequest, reply: FastifyReply, pages: HostedPages | null): void {
  reply.header('vary', 'Origin');
  if (pages === null) reply.header('access-control-allow-origin', '*');
  else if (isListedOrigin(request, pages))
    reply.header('access-control-allow-origin', request.headers.origin ?? '');
}
