import { isPage } from './clients.ts';
import { Pages } from './pages.ts';
import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { EventFilter, LoggedEvent } from './types.ts';

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

  get(id: number, options?: CallOptions): Promise<LoggedEvent> {
    return this.#transport.send({ method: 'GET', path: path`/api/logs/${String(id)}` }, options);
  }
}
