import type { Change } from '../change.ts';
import { Fault, type FaultCode } from '../errors.ts';
import { DAY_MS } from '../time.ts';

/** How long an answer is kept for a caller that sends its request again. */
export const ANSWER_KEPT_MS = DAY_MS;
/** The same for verdicts: a code is good for a minute or two, and they are many. */
export const VERDICT_KEPT_MS = 10 * 60 * 1000;

/** What a request came to, as far as its caller sees it. `body` is JSON; null: none. */
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

/** The same with the answer, which is kept in the transaction that makes the change. */
export interface IdempotentChange extends IdempotentRequest {
  /** The answer that the caller gets for the result of the change. Synchronous, as it runs in the transaction. */
  readonly answerOf: (result: unknown) => Answer;
}

/** The request took effect before, and this is what it came to. Thrown where the change would be made. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered';
  /** A fault is a refusal that the change came to. */
  readonly outcome: Answer | Fault;

  constructor(outcome: Answer | Fault) {
    super('a request with this Idempotency-Key was answered before');
    this.outcome = outcome;
  }
}

/** Refusals that say nothing about the change: it may be made when its cause is gone. */
const NOT_KEPT: readonly FaultCode[] = ['secret_unreadable', 'token_invalid'];

/** Whether a refusal is the answer that later requests with the same key get. */
export function isKept(fault: Fault): boolean {
  return !NOT_KEPT.includes(fault.code);
}

/** A change whose caller shows something else than what the store gives: `resultOf` makes it from that. */
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

/** @returns the fault of a request whose first sending is not answered yet */
export function idempotencyKeyInUse(): Fault {
  return new Fault(
    'idempotency_key_in_use',
    'A request with this Idempotency-Key is under way. Send it again in a second to get its answer.',
    { retryAfterSeconds: 1 },
  );
}
