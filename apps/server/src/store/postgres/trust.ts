/**
 * For how long something holds, by the clock of this machine that goes further: the one that counts up stops while the
 * machine is suspended, and the one that shows the time may be set back.
 */
export class Trust {
  readonly #uptime: () => number;
  readonly #clock: () => number;
  #since: { readonly uptime: number; readonly clock: number } | null = null;

  /** Others than those of the machine only in tests. */
  constructor(uptime: () => number = () => performance.now(), clock: () => number = Date.now) {
    this.#uptime = uptime;
    this.#clock = clock;
  }

  /** Now; for {@link begin}, when what holds from here on has turned out to hold. */
  now(): { readonly uptime: number; readonly clock: number } {
    return { uptime: this.#uptime(), clock: this.#clock() };
  }

  /** It holds since then. */
  begin(since: { readonly uptime: number; readonly clock: number }): void {
    this.#since = since;
  }

  get hasBegun(): boolean {
    return this.#since !== null;
  }

  /** Whether it began less than `ms` milliseconds ago. */
  holdsFor(ms: number): boolean {
    if (this.#since === null) return false;
    const { uptime, clock } = this.now();
    return Math.max(uptime - this.#since.uptime, clock - this.#since.clock) < ms;
  }
}
