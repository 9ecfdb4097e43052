/** A client's recovery codes as the oracle sees them, with limits of their own. */
import type { RecoveryState, ToldRecovery } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { macOf, nameOfMac, sheetOf } from './sheets.ts';

const MINUTE_MS = 60_000;
/** How long a wrong recovery code counts, and how many are allowed before delays start. */
const COUNTED_MS = 15 * MINUTE_MS;
const FREE = 10;

export interface JudgedRecovery {
  /** What the log says; null: it was accepted. */
  readonly reason: string | null;
  readonly told: ToldRecovery;
}

export class OracleRecovery {
  #codes = new Set<string>();
  #generation = 0;
  #failures: readonly number[] = [];

  /** New codes in the place of all others. */
  make(clientId: string, call: string): void {
    this.#codes = new Set(sheetOf(call).map((code) => nameOfMac(macOf(clientId, code))));
    this.#generation += 1;
    this.#failures = [];
  }

  void(): void {
    this.#codes.clear();
  }

  forgetFailures(): void {
    this.#failures = [];
  }

  use(clientId: string, code: string, client: OracleClient, now: number): JudgedRecovery {
    // The clock was set back: what lies ahead is of now.
    this.#failures = this.#failures.map((time) => Math.min(time, now));
    if (client.off) return refusal('disabled');
    if (client.confirmed.length === 0) return refusal('pending');
    const until = this.#delayedUntil();
    if (now < until) return refusal('locked', Math.ceil((until - now) / 1000));
    const name = nameOfMac(macOf(clientId, code));
    if (!this.#codes.delete(name)) {
      this.#failures = [...this.#failures.filter((time) => now - time < COUNTED_MS), now];
      return refusal('invalid_code');
    }
    this.#failures = [];
    // It ends a lock of codes, and wins no guesses of the day.
    client.succeed(now);
    client.devices.endAll();
    return { reason: null, told: { valid: true, remaining: this.#codes.size } };
  }

  state(): RecoveryState {
    return { codes: [...this.#codes].sort(), generation: this.#generation, failures: this.#failures };
  }

  /** From the tenth wrong one on a minute, then two, and so on up to a quarter of an hour. */
  #delayedUntil(): number {
    const last = this.#failures.at(-1);
    if (last === undefined) return 0;
    const counted = this.#failures.filter((time) => last - time < COUNTED_MS).length;
    if (counted < FREE) return 0;
    let minutes = 1;
    for (let more = FREE; more < counted; more++) minutes = Math.min(2 * minutes, 15);
    return last + minutes * MINUTE_MS;
  }
}

function refusal(reason: string, retryAfter?: number): JudgedRecovery {
  const more = retryAfter === undefined ? {} : { retryAfter };
  return { reason, told: { valid: false, reason, ...more } };
}
