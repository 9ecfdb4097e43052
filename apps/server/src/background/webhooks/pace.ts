import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
/** Of the main thread's time. */
const BUSY_ABOVE = 0.7;
/** Between two messages, to whatever webhook, while the main thread is busy. */
const BETWEEN_MS = 20;

/** Holds messages back while the main thread has calls to answer: they come first. */
export class Pace {
  readonly #isBusyNow: (since: EventLoopUtilization) => boolean;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #next = 0;

  /** @param isBusyNow whether the main thread has had too much to do since then; another than its own only in tests */
  constructor(isBusyNow = isBusySince) {
    this.#isBusyNow = isBusyNow;
  }

  start(): void {
    let before = performance.eventLoopUtilization();
    this.#timer = setInterval(() => {
      this.#busy = this.#isBusyNow(before);
      before = performance.eventLoopUtilization();
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Those that wait go on. */
  stop(): void {
    clearInterval(this.#timer);
    this.#busy = false;
    this.#stopping.abort();
  }

  /** Resolves when the next message may be sent, or with the stop. */
  async turn(): Promise<void> {
    if (!this.#busy) return;
    const now = performance.now();
    this.#next = Math.max(this.#next, now) + BETWEEN_MS;
    const { signal } = this.#stopping;
    await sleep(this.#next - now, undefined, { signal, ref: false }).catch(() => {
      // Woken by the stop.
    });
  }
}

function isBusySince(before: EventLoopUtilization): boolean {
  return performance.eventLoopUtilization(before).utilization > BUSY_ABOVE;
}
