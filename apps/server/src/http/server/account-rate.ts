import type { FastifyReply } from 'fastify';
import { Fault } from '../../domain/errors.ts';

/** How many requests an account may make. */
export interface AccountRate {
  /** Counts a request at `now` (ms); false when it is one too many. */
  take(accountId: number, now: number): boolean;
  /** What the caller of that one sees; the rest of it goes into the header fields of the answer. */
  refuse(reply: FastifyReply): Fault;
}

/** What one account may still do. */
interface Bucket {
  tokens: number;
  /** ms since the epoch: up to when `tokens` has been filled. */
  filledAt: number;
}

/** A bucket that was not used for this long is full, and need not be kept. */
const FULL_AFTER_MS = 1_000;

/**
 * A token bucket for each account: `perSecond` requests a second, and as many at once after a second of silence.
 * It is kept in memory, so each process counts by itself: on several nodes an account may make as many times more.
 * Counting in the store would cost it more than the requests that this is to keep away.
 *
 * Buckets are held in two generations of a second each. One that goes with the older generation has had the time
 * to fill, so nothing that matters is forgotten, and there are no more than accounts that called in two seconds.
 */
export function limitAccounts(perSecond: number): AccountRate {
  let young = new Map<number, Bucket>();
  let old = new Map<number, Bucket>();
  let bornAt = 0;

  function bucketOf(accountId: number, now: number): Bucket {
    if (now - bornAt >= FULL_AFTER_MS) {
      old = young;
      young = new Map();
      bornAt = now;
    } else if (now < bornAt) {
      // The clock stepped back: without this the generation would live until its old time comes again.
      bornAt = now;
    }
    let bucket = young.get(accountId);
    if (bucket === undefined) {
      bucket = old.get(accountId) ?? { tokens: perSecond, filledAt: now };
      young.set(accountId, bucket);
    }
    return bucket;
  }

  return {
    take(accountId, now) {
      const bucket = bucketOf(accountId, now);
      // When the clock stepped back no time has passed, and filling begins anew from there.
      const passed = Math.max(0, now - bucket.filledAt);
      bucket.tokens = Math.min(perSecond, bucket.tokens + (passed * perSecond) / 1000);
      bucket.filledAt = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens--;
      return true;
    },

    refuse(reply) {
      reply.header('ratelimit-policy', `"account";q=${perSecond};w=1`);
      reply.header('ratelimit', '"account";r=0;t=1');
      const requests = perSecond === 1 ? 'one request' : `${perSecond} requests`;
      return new Fault(
        'rate_limited',
        `An account may make ${requests} a second here. This one was not carried out; try again in a second.`,
        // The next token is never further off, as there is at least one a second.
        { retryAfterSeconds: 1 },
      );
    },
  };
}
