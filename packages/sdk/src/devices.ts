import { hasData } from './authenticators.ts';
import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { Device } from './types.ts';

/** The browsers that a user trusts. */
export class Devices {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All of the user's, oldest first. */
  async list(clientId: string, options?: CallOptions): Promise<readonly Device[]> {
    const call = { method: 'GET', path: path`/api/totp/clients/${clientId}/devices`, fits: hasData } as const;
    return (await this.#transport.send<{ data: readonly Device[] }>(call, options)).data;
  }

  /** Ends one: that browser is asked for a code again. */
  async end(clientId: string, deviceId: string, options?: CallOptions): Promise<void> {
    const call = { method: 'DELETE', path: path`/api/totp/clients/${clientId}/devices/${deviceId}` } as const;
    await this.#transport.send(call, options);
  }

  /** Ends all of the user's. */
  async endAll(clientId: string, options?: CallOptions): Promise<void> {
    await this.#transport.send(
      { method: 'DELETE', path: path`/api/totp/clients/${clientId}/devices` },
      options,
    );
  }
}
