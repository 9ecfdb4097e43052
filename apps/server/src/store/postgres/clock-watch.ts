import { clockOutOfStep } from '../../domain/errors.ts';
import type { Clock } from '../../domain/time.ts';

/** From here on the operator is warned: a code of the last seconds of a window is judged by another window elsewhere. */
const WARNED_MS = 2_000;
/** From here on nothing is judged: two nodes would be half a step apart, and delays and windows with them. */
const REFUSED_MS = 15_000;

export interface ClockWatchOptions {
  /** This machine's clock. */
  readonly clock: Clock;
  /** Called when the difference passes a bound, one way or the other. */
  readonly onNotice: (message: string) => void;
}

/** Compares this machine's clock with the database's, which is the same for all nodes. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #onNotice: (message: string) => void;
  #aheadMs = 0;

  constructor({ clock, onNotice }: ClockWatchOptions) {
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  /** ms by which this machine's clock is ahead of the database's, below 0 where it is behind; as last seen. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  now(): number {
    return this.#clock();
  }

  /**
   * Notes what the database's clock showed between `sentAt` and now. Only what that time cannot explain counts as a
   * difference, so a slow network is none.
   *
   * @param database ms since the epoch
   * @param sentAt ms, by this machine's clock
   */
  note(database: number, sentAt: number): void {
    const answeredAt = this.#clock();
    const before = Math.abs(this.#aheadMs);
    this.#aheadMs = Math.max(0, sentAt - database) - Math.max(0, database - answeredAt);
    const after = Math.abs(this.#aheadMs);
    if (passes(before, after, REFUSED_MS) || passes(before, after, WARNED_MS))
      this.#onNotice(this.#inWords());
  }

  /** @throws {Fault} when the clocks are too far apart to judge by */
  assertInStep(): void {
    if (Math.abs(this.#aheadMs) > REFUSED_MS) throw clockOutOfStep(new Error(this.#inWords()));
  }

  #inWords(): string {
    const seconds = Math.abs(this.#aheadMs) / 1000;
    if (seconds * 1000 <= WARNED_MS) return "This machine's clock is in step with the database's again.";
    const which = this.#aheadMs > 0 ? 'ahead of' : 'behind';
    const difference = `This machine's clock is ${seconds.toFixed(1)} s ${which} the database's.`;
    const effect =
      seconds * 1000 > REFUSED_MS
        ? `Above ${REFUSED_MS / 1000} s nothing is judged here, and /readyz is 503.`
        : `Above ${REFUSED_MS / 1000} s nothing will be judged here.`;
    return `${difference} ${effect} Keep both in step by NTP.`;
  }
}

function passes(before: number, after: number, bound: number): boolean {
  return before > bound !== after > bound;
}
