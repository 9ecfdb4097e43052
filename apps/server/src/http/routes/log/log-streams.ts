import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../../domain/errors.ts';
import type { LogFilter, LogPart } from '../../../domain/log/event-store.ts';
import { AccountPlaces, type Place } from '../../server/account-places.ts';
import { eventView } from '../views.ts';

/** How a listener is served; all times in ms. */
export interface LogStreamPace {
  /** Between two looks when nothing more is there. */
  readonly lookEveryMs: number;
  /** Between two looks while there is more, so that one who catches up does not keep others waiting. */
  readonly catchUpEveryMs: number;
  /** After so long without an event a comment shows that the connection is alive. */
  readonly heartbeatMs: number;
}

export const LOG_STREAM_PACE: LogStreamPace = {
  lookEveryMs: 1_000,
  catchUpEveryMs: 100,
  heartbeatMs: 15_000,
};

/** What browsers wait before they connect again. */
const RETRY_MS = 2_000;
const EVENTS_PER_LOOK = 500;
export const STREAMS_PER_ACCOUNT = 8;
export const STREAMS_AT_ALL = 256;

/** What one stream is made of. */
export interface Listener {
  readonly accountId: number;
  readonly filter: LogFilter;
  /** Events after this number are sent. */
  readonly after: number;
  /** Faults when the listener may no longer listen. */
  readonly stillAllowed: () => Promise<void>;
}

type Follow = (accountId: number, after: number, filter: LogFilter, limit: number) => Promise<LogPart>;

/**
 * Logs as they are written, for listeners (server-sent events of the HTML standard). Nothing is kept here: each
 * listener has a number, and the store is asked what came after it. So any process can serve any listener, nothing
 * is lost between two connections, and listeners cost nothing where events are written.
 */
export class LogStreams {
  readonly #follow: Follow;
  readonly #pace: LogStreamPace;
  readonly #stopping = new AbortController();
  readonly #places = new AccountPlaces(STREAMS_PER_ACCOUNT, STREAMS_AT_ALL, tooMany);
  readonly #open = new WeakMap<AsyncGenerator<string>, Place>();

  constructor(follow: Follow, pace: LogStreamPace = LOG_STREAM_PACE) {
    this.#follow = follow;
    this.#pace = pace;
  }

  /** Ends every stream; their listeners connect again, to a server that stands. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * The stream of a listener, which counts as open until it is released. Its reader sets the pace: nothing is
   * read ahead. Faults: rate_limited, when there is no place.
   */
  open(listener: Listener): AsyncGenerator<string> {
    const place = this.#places.take(listener.accountId);
    const events = this.#events(listener, place.givenUp);
    this.#open.set(events, place);
    return events;
  }

  /** Gives the place of a stream free. */
  release(stream: AsyncGenerator<string>): void {
    this.#open.get(stream)?.release();
    this.#open.delete(stream);
  }

  async *#events(
    { accountId, filter, after, stillAllowed }: Listener,
    givenUp: AbortSignal,
  ): AsyncGenerator<string> {
    const { lookEveryMs, catchUpEveryMs, heartbeatMs } = this.#pace;
    const ended = AbortSignal.any([this.#stopping.signal, givenUp]);
    let reached = after;
    let silentSince = performance.now();
    yield `retry: ${RETRY_MS}\n: connected\n\n`;
    while (!ended.aborted) {
      let part: LogPart | null = null;
      try {
        const found = await this.#follow(accountId, reached, filter, EVENTS_PER_LOOK);
        // After it was read, so that what happened when the bearer was known to have ended does not go out.
        await stillAllowed();
        part = found;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        // A store that is away comes back: the connection stands, and goes on where it was.
        if (error.code !== 'store_unavailable') {
          yield endOf(error);
          return;
        }
      }
      const events = part?.events ?? [];
      reached = part?.reached ?? reached;
      if (events.length > 0) {
        yield events
          .map((event) => `id: ${event.id}\ndata: ${JSON.stringify(eventView(event))}\n\n`)
          .join('');
        silentSince = performance.now();
      } else if (performance.now() - silentSince >= heartbeatMs) {
        // With the number: a listener that filters much out need not search it all again.
        yield `id: ${reached}\n: still here\n\n`;
        silentSince = performance.now();
      }
      const pause = part?.more === true ? catchUpEveryMs : lookEveryMs;
      await sleep(pause, undefined, { signal: ended }).catch(() => {});
    }
    // At a stop nothing is said, and browsers connect again.
    if (givenUp.aborted) {
      yield endOf(tooMany('All accounts together', STREAMS_AT_ALL));
    }
  }
}

function tooMany(whose: string, most: number): Fault {
  return new Fault(
    'rate_limited',
    `${whose} may have ${most} streams open on one server. Close one, or read GET /api/logs.`,
    { retryAfterSeconds: 10 },
  );
}

function endOf({ code, detail }: Fault): string {
  return `event: end\ndata: ${JSON.stringify({ code, detail })}\n\n`;
}
