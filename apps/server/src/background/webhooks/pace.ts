import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
/** Of the main thread's time. */
const BUSY_ABOVE = 0.7;
/** Between two messages, to whatever webhook, while the main thread is busy. */
const BETWEEN_MS = 20;

/** Holds messages back while the main thread has calls to answer: they come first. */
export class Pace {
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #next = 0;

  start(): void {
    let before = performance.eventLoopUtilization();
    this.#timer = setInterval(() => {
      const now = performance.eventLoopUtilization();
      this.#busy = performance.eventLoopUtilization(now, before).utilization > BUSY_ABOVE;
      before = now;
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#busy = false;
  }

  /** Resolves when the next message may be sent. */
  async turn(): Promise<void> {
    if (!this.#busy) return;
    const now = performance.now();
    this.#next = Math.max(this.#next, now) + BETWEEN_MS;
    await sleep(this.#next - now, undefined, { ref: false });
  }
}
