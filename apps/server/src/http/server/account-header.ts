import type { FastifyRequest } from 'fastify';
import { Fault } from '../../domain/errors.ts';
import type { Principal } from '../../domain/keys/bearers.ts';

/**
 * For whose account a request is meant. All tabs of a browser share one session cookie: a tab that still shows one account
 * would send what was typed there as the other account which has signed in meanwhile.
 */
const ACCOUNT_HEADER = 'kanda-account';

/** Whether a request says for whose account it is meant. */
export function namesAccount({ headers }: FastifyRequest): boolean {
  return headers[ACCOUNT_HEADER] !== undefined;
}

/** Faults: token_invalid, where the request is meant for another account than the bearer is of. */
export function assertItsAccount({ headers }: FastifyRequest, { account }: Principal): void {
  const named = headers[ACCOUNT_HEADER];
  if (named === undefined || named === account.publicId) return;
  throw new Fault(
    'token_invalid',
    'This token or session is of another account than the one that Kanda-Account names. Nothing was done. Log in to that account again, or leave the header out.',
  );
}
