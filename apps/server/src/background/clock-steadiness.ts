import type { Clock } from '../domain/time.ts';
import { CLOCKS_APART_MS } from '../domain/time.ts';

/** For how long the clock has not been set, as far as this process has seen: by holding it against the time that it runs. */
export class ClockSteadiness {
  readonly #clock: Clock;
  readonly #uptime: () => number;
  /** What the clock was ahead of the uptime when it was seen steady first. */
  #ahead: number;
  #since: number;

  constructor(clock: Clock, uptime: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#uptime = uptime;
    this.#since = uptime();
    this.#ahead = clock() - this.#since;
  }

  /** To be asked now and then: what is set and put back between two calls is not seen. */
  steadyForMs(): number {
    const uptime = this.#uptime();
    const ahead = this.#clock() - uptime;
    if (Math.abs(ahead - this.#ahead) > CLOCKS_APART_MS) {
      this.#ahead = ahead;
      this.#since = uptime;
    }
    return uptime - this.#since;
  }
}
