import { Pages } from './pages.ts';
import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { Client, ClientChange, ClientFilter, DiagnosedCode, Diagnosis, Unlock } from './types.ts';

/** The enrolled users. */
export class Clients {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All that match, newest first. `limit` is how many a page has, not how many there are. */
  list(filter: ClientFilter = {}, options?: CallOptions): Pages<Client> {
    return new Pages((cursor) =>
      this.#transport.send(
        { method: 'GET', path: path`/api/totp/clients`, query: { ...filter, cursor }, fits: isPage },
        options,
      ),
    );
  }

  get(clientId: string, options?: CallOptions): Promise<Client> {
    return this.#transport.send({ method: 'GET', path: path`/api/totp/clients/${clientId}` }, options);
  }

  /** Changes label or issuer, which the next QR code shows; the secret stays. */
  update(clientId: string, change: ClientChange, options?: CallOptions): Promise<Client> {
    const call = { method: 'PATCH', path: path`/api/totp/clients/${clientId}`, body: change } as const;
    return this.#transport.send(call, options);
  }

  /** Removes the user with all secrets; the log stays. */
  async delete(clientId: string, options?: CallOptions): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: path`/api/totp/clients/${clientId}` }, options);
  }

  /** Ends a lock or delay and forgets the failures that led to it. */
  unlock(clientId: string, how: Unlock = {}, options?: CallOptions): Promise<Client> {
    return this.#transport.send(
      { method: 'POST', path: path`/api/totp/clients/${clientId}/unlock`, body: how },
      options,
    );
  }

  /** Refuses every code of the user until `enable`, and ends the trusted devices. */
  disable(clientId: string, options?: CallOptions): Promise<Client> {
    return this.#transport.send(
      { method: 'POST', path: path`/api/totp/clients/${clientId}/disable` },
      options,
    );
  }

  enable(clientId: string, options?: CallOptions): Promise<Client> {
    return this.#transport.send(
      { method: 'POST', path: path`/api/totp/clients/${clientId}/enable` },
      options,
    );
  }

  /** Why a user's code does not work; it accepts none. Needs the scope `totp:support`. */
  diagnose(clientId: string, code: DiagnosedCode, options?: CallOptions): Promise<Diagnosis> {
    return this.#transport.send(
      {
        method: 'POST',
        path: path`/api/totp/clients/${clientId}/diagnose`,
        body: code,
        fits: (answer) => typeof (answer as Partial<Diagnosis>).finding === 'string',
      },
      options,
    );
  }
}

/** Whether an answer is a page of a list: with anything else an iteration would never end. */
export function isPage(answer: object): boolean {
  const { data, nextCursor } = answer as { data?: unknown; nextCursor?: unknown };
  return Array.isArray(data) && (nextCursor === null || typeof nextCursor === 'string');
}
