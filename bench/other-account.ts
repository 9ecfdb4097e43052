/** What an account notices of the work of others. */
import { loadavg } from 'node:os';
import { type Fleet, quantile, Validator } from './fleet.ts';

/** The other account: at this rate no client's turn comes again before its code is another one. */
export const PER_SECOND = 100;
export const OTHERS_CLIENTS = 12_000;

/** Another account's right codes, at a steady rate, each of another client. */
export class OtherAccount {
  readonly #fleet: Fleet;
  readonly #validator: Validator;
  readonly #under = new Set<Promise<void>>();
  #times: number[] = [];
  #number = 0;
  #begun = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(fleet: Fleet, url: string) {
    this.#fleet = fleet;
    this.#validator = new Validator(url, PER_SECOND);
  }

  /** How long each call took while the work went on, ms from when it was due. */
  async during(work: () => Promise<unknown>): Promise<readonly number[]> {
    if (this.#timer === null) this.#go();
    await Promise.all(this.#under);
    this.#times = [];
    const times = this.#times;
    await work();
    await Promise.all(this.#under);
    return times;
  }

  #go(): void {
    this.#number = 0;
    this.#begun = performance.now();
    this.#timer = setInterval(() => {
      while (this.#begun + (this.#number * 1000) / PER_SECOND <= performance.now()) {
        const call = this.#once(this.#number++).finally(() => this.#under.delete(call));
        this.#under.add(call);
      }
    }, 2);
  }

  async #once(number: number): Promise<void> {
    const times = this.#times;
    const client = number % OTHERS_CLIENTS;
    const code = this.#fleet.codeOf(0, client, Date.now());
    const { apiKey = '' } = this.#fleet.members[0] ?? {};
    const { status, body, tookMs } = await this.#validator.validate(apiKey, `client-${client}`, code);
    if (status !== 200 || body !== '{"valid":true}') throw new Error(`${status} ${body}`);
    times.push(tookMs);
  }

  async pause(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await Promise.all(this.#under);
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#validator.close();
  }
}

/** p50 and p99, ms. */
export function shown(times: readonly number[]): string {
  return `${quantile(times, 0.5).toFixed(1)}, ${quantile(times, 0.99).toFixed(0)}`;
}

/** The load average of the minute. */
export function loadNow(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
