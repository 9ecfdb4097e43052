import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { type Fault, outcomeUnknown, storeUnavailable } from '../../domain/errors.ts';
import type { App } from './types.ts';

/** How long a call may wait for what it asks of the store and of others, from its head to its answer (ms). */
export const CALL_DEADLINE_MS = 9_000;
const SWEEP_EVERY_MS = 100;

declare module 'fastify' {
  interface FastifyRequest {
    /** How much of the time that it may wait it has waited already (ms). */
    waitedMs: number;
  }
}

/** A call that waits, linked to those before and after it. An object of a class and no closures: each validation makes one. */
class Waiting {
  previous: Waiting | null = null;
  next: Waiting | null = null;
  readonly request: FastifyRequest;
  /** null: it does not answer yet. */
  readonly reply: FastifyReply | null;
  readonly reject: (error: unknown) => void;
  readonly begun: number;
  /** When it is given up (`performance.now()`). */
  readonly until: number;

  constructor(
    request: FastifyRequest,
    reply: FastifyReply | null,
    reject: (error: unknown) => void,
    withinMs: number,
  ) {
    this.request = request;
    this.reply = reply;
    this.reject = reject;
    this.begun = performance.now();
    this.until = this.begun + withinMs - request.waitedMs;
  }
}

/**
 * The calls that wait, in the order in which they came. Not a `Set`: V8 makes its table anew every few dozen entries, and
 * the table before, once it is in the old generation, keeps all that it held until the next major collection. A third of
 * all requests outlived their answers by that.
 */
class WaitingCalls {
  #first: Waiting | null = null;
  #last: Waiting | null = null;

  get isEmpty(): boolean {
    return this.#first === null;
  }

  add(waiting: Waiting): void {
    waiting.previous = this.#last;
    if (this.#last === null) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
  }

  /** Takes it out; one that is out already stays out. */
  remove(waiting: Waiting): void {
    const { previous, next } = waiting;
    if (previous === null && this.#first !== waiting) return;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    // What is out must not keep its neighbours.
    waiting.previous = null;
    waiting.next = null;
  }

  /** Each of them; `visit` may remove the one that it is given. */
  forEach(visit: (waiting: Waiting) => void): void {
    let waiting = this.#first;
    while (waiting !== null) {
      const { next } = waiting;
      visit(waiting);
      waiting = next;
    }
  }
}

/**
 * One deadline for a call from end to end, whatever it waits for: the look-up of its bearer, a turn, a connection, a
 * database that does not answer. The work itself goes on: a code that was judged late is used up all the same.
 */
export class CallDeadlines {
  readonly #withinMs: number;
  readonly #waiting = new WaitingCalls();
  #sweeping: NodeJS.Timeout | null = null;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /**
   * What `work` comes to; rejects with `store_unavailable` when the call's time is over before. The time ends with the
   * first byte of the answer of `reply`: a long one, which a handler that returns its reply waits for, has the deadlines of
   * writes (stalled-readers.ts).
   */
  within<T>(request: FastifyRequest, work: Promise<T>, reply: FastifyReply | null = null): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = new Waiting(request, reply, reject, this.#withinMs);
      this.#add(waiting);
      // Counted before the answer is passed on: what comes next may ask for its share of the time at once.
      work.then(
        (value) => {
          this.#end(waiting);
          resolve(value);
        },
        (error) => {
          this.#end(waiting);
          reject(error);
        },
      );
    });
  }

  /** Puts the handlers of all routes that are added from here on under the deadline. */
  govern(app: App): void {
    app.decorateRequest('waitedMs', 0);
    app.addHook('onRoute', (route) => {
      const { handler } = route;
      const governed: RouteHandlerMethod = (request, reply) => {
        const answer: unknown = handler.call(app as never, request, reply);
        return answer instanceof Promise ? this.within(request, answer, reply) : answer;
      };
      route.handler = governed;
    });
    app.addHook('onClose', async () => this.#stop());
  }

  #end(waiting: Waiting): void {
    this.#waiting.remove(waiting);
    waiting.request.waitedMs += performance.now() - waiting.begun;
  }

  #add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  #sweep(): void {
    const now = performance.now();
    this.#waiting.forEach((waiting) => {
      if (waiting.until > now) return;
      this.#waiting.remove(waiting);
      if (waiting.reply?.raw.headersSent === true) return;
      waiting.reject(tooLate(waiting.request, this.#withinMs));
    });
    if (this.#waiting.isEmpty) this.#stop();
  }

  #stop(): void {
    if (this.#sweeping !== null) clearInterval(this.#sweeping);
    this.#sweeping = null;
  }
}

/** Of a read nothing can have been done. */
function tooLate({ method }: FastifyRequest, withinMs: number): Fault {
  const cause = new Error(`the call was not answered within ${withinMs} ms`);
  return method === 'GET' || method === 'HEAD' ? storeUnavailable(cause) : outcomeUnknown(cause);
}
