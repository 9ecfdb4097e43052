import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { type Origin, printable } from '../domain/events.ts';

const USER_AGENT_LENGTH = 256;

/** Who makes this request, as the log keeps it. */
export function originOf(request: FastifyRequest): Origin {
  const userAgent = request.headers['user-agent'];
  return {
    actor: request.principal?.actor ?? 'anonymous',
    ip: addressOf(request),
    userAgent: userAgent === undefined ? null : printable(userAgent, USER_AGENT_LENGTH),
    requestId: request.id,
  };
}

/**
 * The caller's IP address: of the last hop that is no trusted proxy. What a proxy wrote that is no address is
 * not believed, then it is the proxy's own. null when there is none any more, the caller having hung up.
 */
export function addressOf(request: FastifyRequest): string | null {
  return addressIn(request.ip) ?? addressIn(request.socket.remoteAddress);
}

/** Some proxies write the port too: it must not make a new caller of each connection. */
function addressIn(text: string | undefined): string | null {
  if (text === undefined) return null;
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : bare;
}
