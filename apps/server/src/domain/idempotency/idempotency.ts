import type { Change } from '../change.ts';
import { Fault, type FaultCode } from '../errors.ts';
import { DAY_MS } from '../time.ts';

/** How long an answer is kept for a request that is sent again. */
export const ANSWER_KEPT_MS = DAY_MS;
/** The same for verdicts: there are many, and a code is right for a minute or two. */
export const VERDICT_KEPT_MS = 10 * 60 * 1000;

/** The answer to a request as its caller sees it. `body` is JSON; null: none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request that may be sent more than once and takes effect once. */
export interface IdempotentRequest {
  /** SHA-256 of the caller and its key: two API keys that send the same text have two of them. 32 bytes. */
  readonly key: Uint8Array;
  /** SHA-256 of method, path and body. 32 bytes. */
  readonly request: Uint8Array;
  readonly keptMs: number;
}

/** The same with its answer, which is kept in the transaction of the change. */
export interface IdempotentChange extends IdempotentRequest {
  /** The answer that the caller gets for the result of the change. Synchronous, as it runs in the transaction. */
  readonly answerOf: (result: unknown) => Answer;
  /** Whether the answer to this result is kept; absent: every one is. */
  readonly isKept?: (result: unknown) => boolean;
}

/** The request took effect before; this has its answer. Thrown where the change would be made. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered';
  /** A fault: the change was refused. */
  readonly outcome: Answer | Fault;

  constructor(outcome: Answer | Fault) {
    super('a request with this Idempotency-Key was answered before');
    this.outcome = outcome;
  }
}

/** Refusals that are not kept: the change may succeed once their cause is gone. */
const NOT_KEPT: readonly FaultCode[] = ['secret_unreadable', 'token_invalid'];

/** Whether a refusal is the answer that later requests with the same key get. */
export function isKept(fault: Fault): boolean {
  return !NOT_KEPT.includes(fault.code);
}

/** A change whose answer is made of something else than the store's result: `resultOf` makes it from that result. */
export function withResult<C extends Change, Stored>(change: C, resultOf: (stored: Stored) => unknown): C {
  const { idempotency } = change;
  if (idempotency === undefined) return change;
  const answerOf = (stored: unknown) => idempotency.answerOf(resultOf(stored as Stored));
  return { ...change, idempotency: { ...idempotency, answerOf } };
}

export function idempotencyKeyReused(): Fault {
  return new Fault(
    'idempotency_key_reused',
    'This Idempotency-Key was sent before with another method, path or body. Nothing was done: send a new key.',
  );
}

/** The fault of a request whose first copy is not answered yet. */
export function idempotencyKeyInUse(): Fault {
  return new Fault(
    'idempotency_key_in_use',
    'A request with this Idempotency-Key is under way. Send it again in a second to get its answer.',
    { retryAfterSeconds: 1 },
  );
}
