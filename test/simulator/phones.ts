/** The phones and tokens of a schedule's clients: what they have scanned, and which codes they show. */
import type { TotpParameters } from '@kanda/otp';
import { codeOf } from './oracle-authenticator.ts';

/** Which code is looked at: `offset` steps or presses from now, of the secret that was scanned `older` secrets ago. */
export interface Look {
  readonly offset: number;
  readonly older: number;
}

export class Phones {
  readonly #clients: readonly TotpParameters[];
  /** The secrets that were scanned, newest last, by client. */
  readonly #secrets: Buffer[][];
  /** By how many steps the clocks of a client's phones are ahead. */
  readonly #drifts: number[];
  /** Which code a token shows next, by its secret. */
  readonly #presses = new Map<Buffer, number>();

  constructor(clients: readonly TotpParameters[]) {
    this.#clients = clients;
    this.#secrets = clients.map(() => []);
    this.#drifts = clients.map(() => 0);
  }

  scan(client: number, secret: Buffer): void {
    this.#secrets[client]?.push(secret);
  }

  /** Sets the clocks of phones ahead by `steps`; a token's button is pressed `steps` times. */
  drift(client: number, steps: number): void {
    const secret = this.#secrets[client]?.at(-1);
    if (this.#period(client) > 0) this.#drifts[client] = steps;
    else if (secret !== undefined) this.#presses.set(secret, this.#next(secret) + Math.abs(steps));
  }

  /** This number of codes, one after the other; none when no secret was scanned. */
  show(client: number, { offset, older }: Look, now: number, count: number): string[] {
    const secret = this.#secrets[client]?.at(-1 - older);
    if (secret === undefined) return [];
    const period = this.#period(client);
    const shown =
      period === 0 ? this.#next(secret) : Math.floor(now / 1000 / period) + (this.#drifts[client] ?? 0);
    const first = Math.max(0, shown + offset);
    if (period === 0) this.#presses.set(secret, Math.max(shown, first + count));
    return Array.from({ length: count }, (_, index) =>
      codeOf(secret, this.parametersOf(client), first + index),
    );
  }

  /** The step that lies `offset` from now; of a token that counter. */
  placeAt(client: number, now: number, offset: number): number {
    const period = this.#period(client);
    return period === 0 ? Math.max(-1, offset) : Math.max(-1, Math.floor(now / 1000 / period) + offset);
  }

  parametersOf(client: number): TotpParameters {
    return this.#clients[client] as TotpParameters;
  }

  #next(secret: Buffer): number {
    return this.#presses.get(secret) ?? 0;
  }

  #period(client: number): number {
    return this.parametersOf(client).period;
  }
}
