import type { FastifyRequest } from 'fastify';
import type { OwnChange } from '../../domain/accounts/security-ports.ts';
import type { Change } from '../../domain/change.ts';
import { type Origin, printable } from '../../domain/log/events.ts';
import { plainAddress } from './caller-address.ts';
import type { RequestClock } from './request-clock.ts';

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

/** A change that is made for the account of this request, at the time that it has there. */
export function changeOf(request: FastifyRequest, clock: RequestClock): Change {
  const test = request.principal?.account.test;
  const change = { at: clock(request), origin: originOf(request) };
  return test === undefined ? change : { ...change, offsetMs: test.offsetMs };
}

/** A change that the log-in makes from which this request comes; the route is behind `requireLogin`. */
export function ownChangeOf(request: FastifyRequest, clock: RequestClock): OwnChange {
  const { principal } = request;
  if (principal === null || principal.sessionId === null)
    throw new Error(`${request.url} is not behind requireLogin`);
  const { account, sessionId } = principal;
  return { accountId: account.id, sessionId, at: clock(request), origin: originOf(request) };
}

/**
 * The caller's IP address: of the last hop that is no trusted proxy. What a proxy wrote that is no address is
 * not believed, then it is the proxy's own. null when there is none any more, the caller having hung up.
 */
export function addressOf(request: FastifyRequest): string | null {
  return plainAddress(request.ip) ?? plainAddress(request.socket.remoteAddress);
}
