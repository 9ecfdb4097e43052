import type { FastifyReply } from 'fastify';
import { Fault, type FaultCode } from '../../domain/errors.ts';
import type { LimitRule, LimitState, LimitStore } from '../../domain/limits/ports.ts';
import type { Clock } from '../../domain/time.ts';

const GIVEN_BACK: readonly FaultCode[] = ['rate_limited', 'totp_required'];

/** Does `work` if the limits allow it, and tells the caller how much is left. */
export type Limited = <T>(
  reply: FastifyReply,
  rules: readonly LimitRule[],
  counts: 'every call' | 'failures',
  work: () => Promise<T>,
) => Promise<T>;

/**
 * The use is taken before the work begins, so that calls side by side cannot all slip under the limit.
 * Where only failures count, a success gives it back and is noted; so does work that was refused for want of a place, as then
 * nothing was tried, and a right password to which only the second factor is missing.
 */
export function createLimited(store: LimitStore, clock: Clock): Limited {
  return async (reply, rules, counts, work) => {
    const state = await store.takeLimits(rules, clock());
    describe(reply, rules, state, clock());
    if (!state.allowed) {
      const seconds = secondsUntil(state.resetAt, clock());
      const again = `Try again in ${inWords(seconds)}.`;
      const detail =
        state.usedUp !== undefined && /^[a-z]+:all$/.test(state.usedUp)
          ? `Too many attempts on this server, by all callers together. ${again}`
          : `Too many attempts. ${again}`;
      throw new Fault('rate_limited', detail, { retryAfterSeconds: seconds });
    }
    const result = await work().catch(async (error) => {
      if (error instanceof Fault && GIVEN_BACK.includes(error.code)) await giveBack();
      throw error;
    });
    if (counts === 'failures') {
      await store.confirmLimits(rules, clock());
      describeReturned();
    }
    return result;

    async function giveBack(): Promise<void> {
      await store.returnLimits(rules, clock());
      describeReturned();
    }

    function describeReturned(): void {
      describe(reply, rules, { ...state, remaining: state.remaining + 1 }, clock());
    }
  };
}

/** The header fields of the IETF draft "RateLimit header fields for HTTP". */
function describe(reply: FastifyReply, rules: readonly LimitRule[], state: LimitState, now: number): void {
  const strictest = rules.reduce((a, b) => (b.limit < a.limit ? b : a));
  const policy = strictest.name.split(':', 1)[0];
  reply.header('ratelimit-policy', `"${policy}";q=${strictest.limit};w=${strictest.windowMs / 1000}`);
  reply.header('ratelimit', `"${policy}";r=${state.remaining};t=${secondsUntil(state.resetAt, now)}`);
}

function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000));
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
