/** What a failed try means: whether the call may be sent again, when, and whether it may have taken effect. */
import { ConnectionFailed, Problem, TimedOut, UnexpectedAnswer } from './errors.ts';

export interface Failure {
  /** Whether another try with the same Idempotency-Key can help. */
  readonly again: boolean;
  /** Whether the request may have taken effect although this was the answer. */
  readonly unknown: boolean;
  /** Seconds that the answer asks to wait; null: none. */
  readonly afterSeconds: number | null;
  /** Whether the first request with this key is still under way: its answer comes to a later one. */
  readonly underWay?: boolean;
}

const FINAL: Failure = { again: false, unknown: false, afterSeconds: null };
/** Refused before the request was looked at. */
const NOT_CARRIED_OUT = new Set([
  'stopping',
  'rate_limited',
  'event_quota_exceeded',
  'request_timeout',
  'disk_almost_full',
]);
const GATEWAY_STATUSES = new Set([408, 429, 502, 503, 504]);

/** Judges the error of one try. */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof ConnectionFailed) return { again: true, unknown: error.sent, afterSeconds: null };
  if (error instanceof TimedOut) return { again: true, unknown: true, afterSeconds: null };
  if (error instanceof UnexpectedAnswer) {
    const { status, retryAfterSeconds } = error;
    // 2xx: something answered in Kanda's place, or changed what it answered.
    const unknown = status >= 500 || (status >= 200 && status < 300);
    return { again: GATEWAY_STATUSES.has(status), unknown, afterSeconds: retryAfterSeconds };
  }
  if (error instanceof Problem) return judgeProblem(error);
  return FINAL;
}

function judgeProblem({ code, status, retryAfterSeconds }: Problem): Failure {
  const underWay = code === 'idempotency_key_in_use';
  const again = underWay || status === 503 || status === 429 || status === 408;
  const unknown = underWay || (status >= 500 && code !== 'secret_unreadable' && !NOT_CARRIED_OUT.has(code));
  return { again, unknown, afterSeconds: retryAfterSeconds, underWay };
}

/**
 * Whether this refusal answers for the earlier tries too, whose fate was unknown: Kanda would have refused those for
 * the same reason, or this is the first one's kept answer. A bearer that ended and a limit say nothing of them.
 */
export function settles(error: unknown): boolean {
  return (
    error instanceof Problem &&
    error.status !== 401 &&
    !judgeFailure(error).again &&
    !judgeFailure(error).unknown
  );
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 4_000;

/**
 * How long to wait before the next try, milliseconds: twice as long each time, less up to half by chance, so that
 * callers that failed together do not come back together; never less than the answer asked for.
 * @param failed how many tries have failed, from 1
 * @param random from 0 to 1
 */
export function delayMs(failed: number, afterSeconds: number | null, random: number): number {
  const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failed - 1));
  const backOff = longest * (1 - random / 2);
  return afterSeconds === null ? backOff : afterSeconds * 1_000 + backOff * random;
}
