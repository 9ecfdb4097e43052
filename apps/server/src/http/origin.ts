import type { FastifyRequest } from 'fastify';
import { type Origin, printable } from '../domain/events.ts';

const USER_AGENT_LENGTH = 256;

/** Who makes this request, as the log keeps it. */
export function originOf(request: FastifyRequest): Origin {
  const userAgent = request.headers['user-agent'];
  return {
    actor: request.principal?.actor ?? 'anonymous',
    ip: request.ip,
    userAgent: userAgent === undefined ? null : printable(userAgent, USER_AGENT_LENGTH),
    requestId: request.id,
  };
}
