import type { Kysely } from 'kysely';
import { Fault } from '../../../domain/errors.ts';
import type { LimitCall } from '../../../domain/limits/counting.ts';
import type { LimitState, LimitStore } from '../../../domain/limits/ports.ts';
import { Coalescer } from '../../scheduling/coalescer.ts';
import type { Schema } from '../../schema.ts';
import { type LimitRows, limitOperations, settleLimits } from './settle-limits.ts';

/** Calls that share a transaction. */
const MAX_AT_ONCE = 256;
/** Calls of one address that may wait: several times what its limits let through. */
export const MAX_WAITING_OF_ADDRESS = 256;

/**
 * Limits are counted for callers without a bearer, of which there may be any number. Their requests are gathered into
 * one transaction at a time, in a lane that takes turns with the changes of accounts. Each address waits in its own
 * lane; when too many wait there, that address is refused and others are not.
 */
export function limitBatches(
  run: <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>,
  rows: LimitRows,
): {
  readonly operations: LimitStore;
  waiting(): number;
} {
  const calls = new Coalescer<LimitCall, LimitState | null>(
    MAX_AT_ONCE,
    (take) => run((db) => settleLimits(db, take(), rows)),
    { perLane: MAX_WAITING_OF_ADDRESS, refusal: tooManyOfAddress },
  );
  return {
    operations: limitOperations((call) => calls.ask(laneOf(call), call)),
    waiting: () => calls.waiting,
  };
}

/** What is given back is never refused: there is no more of it than was taken, and the address would be left short. */
function laneOf({ rules, kind }: LimitCall): string {
  const address = rules[0]?.name ?? '';
  return kind === 'take' ? address : `after ${address}`;
}

function tooManyOfAddress(): Fault {
  return new Fault(
    'rate_limited',
    'Too many calls from your address are waiting. This one was not carried out; try again in a second.',
    { retryAfterSeconds: 1 },
  );
}
