import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { Redeemed, ShownReceipt } from './types.ts';

/** What users approved with a code, signed by Kanda: `validate` with an `action` gives one. */
export class Receipts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Takes a receipt, once. Compare `clientId` and `action` with what you are about to do. Needs the scope
   * `receipts:redeem`.
   */
  redeem(shown: ShownReceipt, options?: CallOptions): Promise<Redeemed> {
    const call = {
      method: 'POST',
      path: path`/api/receipts/redeem`,
      body: shown,
      fits: isRedeemed,
    } as const;
    return this.#transport.send(call, options);
  }
}

function isRedeemed(answer: unknown): boolean {
  return (answer as { redeemed?: unknown } | null)?.redeemed === true;
}
