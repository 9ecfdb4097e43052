import type { FastifyRequest } from 'fastify';
import type { OwnChange } from '../../domain/accounts/security-ports.ts';
import { type Origin, printable } from '../../domain/log/events.ts';
import type { Clock } from '../../domain/time.ts';
import { principalOf } from './authentication.ts';
import { plainAddress } from './caller-address.ts';

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

/** A change that the log-in makes from which this request comes; the route is behind `requireLogin`. */
export function ownChangeOf(request: FastifyRequest, clock: Clock): OwnChange {
  const { account, sessionId } = principalOf(request);
  if (sessionId === null) throw new Error(`${request.url} is not behind requireLogin`);
  return { accountId: account.id, sessionId, at: clock(), origin: originOf(request) };
}

/**
 * The caller's IP address: of the last hop that is no trusted proxy. What a proxy wrote that is no address is
 * not believed, then it is the proxy's own. null when there is none any more, the caller having hung up.
 */
export function addressOf(request: FastifyRequest): string | null {
  return plainAddress(request.ip) ?? plainAddress(request.socket.remoteAddress);
}
