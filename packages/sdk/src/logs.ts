import { isPage } from './clients.ts';
import { followLog } from './log-stream.ts';
import { Pages } from './pages.ts';
import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { EventFilter, LoggedEvent, StreamFilter } from './types.ts';

/** The access log. */
export class Logs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All events that match, newest first. */
  list(filter: EventFilter = {}, options?: CallOptions): Pages<LoggedEvent> {
    return new Pages((cursor) =>
      this.#transport.send(
        { method: 'GET', path: path`/api/logs`, query: { ...filter, cursor }, fits: isPage },
        options,
      ),
    );
  }

  /**
   * New events as they are written, until you leave the loop or `signal` ends it. It begins with what comes next, or
   * after the event that `after` names; a connection that breaks is made again, and nothing between is lost.
   */
  async *stream(
    { after, ...filter }: StreamFilter & { readonly after?: number } = {},
    { signal }: Pick<CallOptions, 'signal'> = {},
  ): AsyncGenerator<LoggedEvent, void, undefined> {
    const start = after ?? (await this.#newest(signal));
    const call = (reached: number) => ({
      method: 'GET' as const,
      path: path`/api/logs/stream`,
      query: { ...filter, after: reached },
    });
    yield* followLog(this.#transport, call, start, signal);
  }

  /** The number of the newest event; 0: there is none. */
  async #newest(signal: AbortSignal | undefined): Promise<number> {
    for await (const { id } of this.list({ limit: 1 }, signal === undefined ? {} : { signal })) return id;
    return 0;
  }

  get(id: number, options?: CallOptions): Promise<LoggedEvent> {
    return this.#transport.send({ method: 'GET', path: path`/api/logs/${String(id)}` }, options);
  }
}
