import type { FastifyRequest } from 'fastify';
import { timeIn } from '../../domain/accounts/account.ts';
import type { Clock } from '../../domain/time.ts';

/**
 * ms since the epoch, in the account for which a request is made. A test half has a clock of its own, so no route asks
 * for the time without saying for which request.
 */
export type RequestClock = (request: Pick<FastifyRequest, 'principal'>) => number;

/** Before the caller is known, and where none is needed, it is the server's clock. */
export function createRequestClock(clock: Clock): RequestClock {
  return ({ principal }) => (principal === null ? clock() : timeIn(principal.account, clock()));
}
