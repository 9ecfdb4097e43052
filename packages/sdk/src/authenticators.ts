import { enrolmentOf } from './enrolment.ts';
import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type {
  Authenticator,
  AuthenticatorChange,
  ConsecutiveCodes,
  Enrolment,
  NewAuthenticator,
  Resync,
} from './types.ts';

/** A user's phones and hardware tokens. */
export class Authenticators {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A further authenticator, such as a second phone. With `confirm` it waits for its first code. */
  async add(clientId: string, asked: NewAuthenticator = {}, options?: CallOptions): Promise<Enrolment> {
    const call = {
      method: 'POST',
      path: path`/api/totp/clients/${clientId}/authenticators`,
      body: asked,
    } as const;
    return enrolmentOf(await this.#transport.send(call, options));
  }

  /** All of the user's, oldest first. */
  async list(clientId: string, options?: CallOptions): Promise<readonly Authenticator[]> {
    const call = {
      method: 'GET',
      path: path`/api/totp/clients/${clientId}/authenticators`,
      fits: hasData,
    } as const;
    return (await this.#transport.send<{ data: readonly Authenticator[] }>(call, options)).data;
  }

  get(clientId: string, authenticatorId: string, options?: CallOptions): Promise<Authenticator> {
    return this.#transport.send({ method: 'GET', path: place(clientId, authenticatorId) }, options);
  }

  /** Renames it, or forgets the drift of its clock. */
  update(
    clientId: string,
    authenticatorId: string,
    change: AuthenticatorChange,
    options?: CallOptions,
  ): Promise<Authenticator> {
    const call = { method: 'PATCH', path: place(clientId, authenticatorId), body: change } as const;
    return this.#transport.send(call, options);
  }

  /** Removes it, or cancels a pending one. The only confirmed one cannot be removed: AuthenticatorLast. */
  async remove(clientId: string, authenticatorId: string, options?: CallOptions): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: place(clientId, authenticatorId) }, options);
  }

  /** Finds its clock or counter again with two codes that follow each other. Codes that do not fit are an answer. */
  resync(
    clientId: string,
    authenticatorId: string,
    codes: ConsecutiveCodes,
    options?: CallOptions,
  ): Promise<Resync> {
    return this.#transport.send(
      {
        method: 'POST',
        path: path`/api/totp/clients/${clientId}/authenticators/${authenticatorId}/resync`,
        body: codes,
        fits: (answer) => typeof (answer as Partial<Resync>).resynced === 'boolean',
      },
      options,
    );
  }
}

function place(clientId: string, authenticatorId: string): string {
  return path`/api/totp/clients/${clientId}/authenticators/${authenticatorId}`;
}

/** Whether an answer is a whole list. */
export function hasData(answer: object): boolean {
  return Array.isArray((answer as { data?: unknown }).data);
}
