import { path } from './paths.ts';
import { Secret } from './secret.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { NewRecoveryCodes, RecoveryCodeStatus, RecoveryCodes as ShownCodes } from './types.ts';

type Plain = Omit<ShownCodes, 'codes'> & { readonly codes: string[] };

/** A user's recovery codes, each of which `validate` accepts once in place of a code of the phone. */
export class RecoveryCodes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes new ones, shown once; all earlier ones are void. */
  async create(clientId: string, asked: NewRecoveryCodes = {}, options?: CallOptions): Promise<ShownCodes> {
    const call = { method: 'POST', path: place(clientId), body: asked, fits: hasCodes } as const;
    const { codes, ...rest } = await this.#transport.send<Plain>(call, options);
    return { ...rest, codes: new Secret(codes) };
  }

  /** How many are left; never a code. */
  status(clientId: string, options?: CallOptions): Promise<RecoveryCodeStatus> {
    return this.#transport.send({ method: 'GET', path: place(clientId) }, options);
  }

  /** Voids all of them. */
  async delete(clientId: string, options?: CallOptions): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: place(clientId) }, options);
  }
}

function place(clientId: string): string {
  return path`/api/totp/clients/${clientId}/recovery-codes`;
}

function hasCodes(answer: object): boolean {
  return Array.isArray((answer as Partial<Plain>).codes);
}
