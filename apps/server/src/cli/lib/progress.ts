const SHOW_AFTER_MS = 500;
const REDRAW_EVERY_MS = 100;

/** One line on a terminal that tells how far a long work is; nothing for a short work. */
export class Progress {
  readonly #label: string;
  readonly #logEveryMs: number;
  readonly #begun = performance.now();
  #drawnAt = 0;

  /** `logEveryMs`: where there is no terminal, a line so often; never unless told otherwise. */
  constructor(label: string, logEveryMs = Number.POSITIVE_INFINITY) {
    this.#label = label;
    this.#logEveryMs = logEveryMs;
  }

  /** `done` is from 0 to 1. */
  show(done: number): void {
    const now = performance.now();
    const [first, pause] = process.stderr.isTTY
      ? [SHOW_AFTER_MS, REDRAW_EVERY_MS]
      : [this.#logEveryMs, this.#logEveryMs];
    if (now - this.#begun < first || now - this.#drawnAt < pause) return;
    this.#drawnAt = now;
    const text = `${this.#label} … ${Math.floor(done * 100)} %`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#drawnAt > 0 && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
