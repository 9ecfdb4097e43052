import { setTimeout as sleep } from 'node:timers/promises';

export interface ExporterOptions<T> {
  /** Where a batch is posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (items: readonly T[]) => string;
  /** Told once when nothing can be sent any more, and once when it works again; `dropped` were lost in between. */
  readonly onTrouble: (cause: string, dropped: number) => void;
  readonly onRecovery: (dropped: number) => void;
}

const MAX_BATCH = 512;
/** What a collector that is away can cost at most; beyond it the newest are dropped. */
const MAX_WAITING = 4_096;
const SEND_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** OTLP: only these may be sent again; anything else was understood and refused. */
const RETRYABLE = new Set([429, 502, 503, 504]);

/**
 * Collects items and posts them in batches, one after the other. Never throws and never holds up the caller:
 * what a collector cannot take is dropped and counted.
 */
export class Exporter<T> {
  readonly #options: ExporterOptions<T>;
  readonly #waiting: T[] = [];
  /** No batch is tried again from here on. */
  readonly #stopped = new AbortController();
  /** Not even an answer is waited for. */
  readonly #givenUp = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #dropped = 0;
  #troubled = false;

  constructor(options: ExporterOptions<T>) {
    this.#options = options;
  }

  add(item: T): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(item);
    if (this.#waiting.length >= MAX_BATCH) this.#send();
    else if (this.#timer === null && this.#sending === null) {
      this.#timer = setTimeout(() => this.#send(), SEND_EVERY_MS);
      this.#timer.unref();
    }
  }

  /** Sends what waits, once, and ends. Resolves after `withinMs` at the latest, also when the collector does not answer. */
  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.#givenUp.abort(), withinMs);
    this.#stopped.abort();
    await this.#sending;
    while (this.#waiting.length > 0 && !this.#givenUp.signal.aborted) {
      if (!(await this.#post(this.#waiting.splice(0, MAX_BATCH)))) break;
    }
    clearTimeout(timer);
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#sending !== null) return;
    this.#sending = this.#drain().finally(() => {
      this.#sending = null;
      if (this.#waiting.length > 0 && !this.#stopped.signal.aborted) this.#send();
    });
  }

  async #drain(): Promise<void> {
    const batch = this.#waiting.splice(0, MAX_BATCH);
    let pause = FIRST_RETRY_MS;
    while (!(await this.#post(batch))) {
      await sleep(pause, null, { signal: this.#stopped.signal, ref: false }).catch(() => {});
      if (this.#stopped.signal.aborted) return;
      pause = Math.min(pause * 2, MAX_RETRY_MS);
    }
  }

  /** Whether the batch is dealt with: taken, or refused for good. */
  async #post(batch: readonly T[]): Promise<boolean> {
    const { url, headers, body } = this.#options;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: body(batch),
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), this.#givenUp.signal]),
        redirect: 'error',
      });
      await answer.body?.cancel();
      if (answer.ok) {
        this.#recovered();
        return true;
      }
      if (!RETRYABLE.has(answer.status)) this.#dropped += batch.length;
      this.#trouble(`it answered ${answer.status}`);
      return !RETRYABLE.has(answer.status);
    } catch (error) {
      const { message, cause } = error as Error;
      this.#trouble(cause instanceof Error ? cause.message : message);
      return false;
    }
  }

  #trouble(cause: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#options.onTrouble(cause, this.#dropped);
  }

  #recovered(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#options.onRecovery(this.#dropped);
    this.#dropped = 0;
  }
}
