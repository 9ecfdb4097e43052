import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../../domain/errors.ts';
import type { LogFilter, LogPart } from '../../../domain/ports.ts';
import { eventView } from '../views.ts';

/** How somebody who listens is served; all times in ms. */
export interface LogStreamPace {
  /** Between two looks when nothing more is there. */
  readonly lookEveryMs: number;
  /** Between two looks while there is more, so that one who catches up does not keep others waiting. */
  readonly catchUpEveryMs: number;
  /** After so long without an event a comment shows that the connection stands. */
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
  /** Faults when whoever listens may do so no longer. */
  readonly stillAllowed: () => Promise<void>;
}

type Follow = (accountId: number, after: number, filter: LogFilter, limit: number) => Promise<LogPart>;

/**
 * Logs as they are written, for whoever listens (server-sent events of the HTML standard). Nothing is kept here: each
 * listener has a number, and the store is asked what came after it. So any process can serve any listener, nothing
 * is lost between two connections, and nobody who listens costs anything where events are written.
 */
export class LogStreams {
  readonly #follow: Follow;
  readonly #pace: LogStreamPace;
  readonly #stopping = new AbortController();
  /** Those that are open, the oldest first. */
  readonly #open = new Map<AsyncGenerator<string>, OpenStream>();

  constructor(follow: Follow, pace: LogStreamPace = LOG_STREAM_PACE) {
    this.#follow = follow;
    this.#pace = pace;
  }

  /** Ends every stream; their listeners connect again, to a server that stands. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * The stream of a listener, which counts as open until it is released. Whoever takes it sets the pace: nothing is
   * read ahead. When all places are taken, the account with the most gives its oldest one up, as long as it keeps more
   * than the one that comes has: no account keeps others out by being first. Faults: rate_limited.
   */
  open(listener: Listener): AsyncGenerator<string> {
    const { accountId } = listener;
    const counts = this.#counts();
    const own = counts.get(accountId) ?? 0;
    if (own >= STREAMS_PER_ACCOUNT) throw tooMany('An account', STREAMS_PER_ACCOUNT);
    if (this.#open.size >= STREAMS_AT_ALL && !this.#giveUpForOneWith(own, counts))
      throw tooMany('All accounts together', STREAMS_AT_ALL);
    const givenUp = new AbortController();
    const events = this.#events(listener, givenUp.signal);
    this.#open.set(events, { accountId, givenUp });
    return events;
  }

  /** Gives the place of a stream free. */
  release(stream: AsyncGenerator<string>): void {
    this.#open.delete(stream);
  }

  #counts(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { accountId } of this.#open.values()) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
    return counts;
  }

  /** Makes room for an account that has `own`; false when nobody has two more than that. */
  #giveUpForOneWith(own: number, counts: ReadonlyMap<number, number>): boolean {
    const most = Math.max(...counts.values());
    const oldest = [...this.#open].find(([, { accountId }]) => counts.get(accountId) === most);
    if (most <= own + 1 || oldest === undefined) return false;
    const [stream, { givenUp }] = oldest;
    this.#open.delete(stream);
    givenUp.abort();
    return true;
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
        // With the number: whoever filters much out need not look through all of it again.
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

interface OpenStream {
  readonly accountId: number;
  readonly givenUp: AbortController;
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
