import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { AskedLink, MadeLink, RedeemedLink, ShownResult } from './types.ts';

/** Pages of Kanda on which one user enrols, replaces an authenticator or shows a code. */
export class Links {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Makes a link. Send its `url` to the user alone, and keep its `id` with the browser that it is for. Needs the scope
   * `links:write` or `totp:write`.
   */
  create(link: AskedLink, options?: CallOptions): Promise<MadeLink> {
    const call = { method: 'POST', path: path`/api/totp/links`, body: link, fits: isLink } as const;
    return this.#transport.send(call, options);
  }

  /**
   * Takes the result that a browser has brought back, once. Compare `linkId` with the link that you made for this browser.
   * Needs the scope `totp:validate`.
   */
  redeem(shown: ShownResult, options?: CallOptions): Promise<RedeemedLink> {
    const call = {
      method: 'POST',
      path: path`/api/totp/links/redeem`,
      body: shown,
      fits: isRedeemed,
    } as const;
    return this.#transport.send(call, options);
  }
}

function isLink(answer: unknown): boolean {
  return typeof (answer as { url?: unknown } | null)?.url === 'string';
}

function isRedeemed(answer: unknown): boolean {
  return (answer as { redeemed?: unknown } | null)?.redeemed === true;
}
