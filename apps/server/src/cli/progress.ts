const SHOW_AFTER_MS = 500;
const REDRAW_EVERY_MS = 100;

/** One line on a terminal that tells how far a long work is; nothing in a log or for a short work. */
export class Progress {
  readonly #label: string;
  readonly #begun = performance.now();
  #drawnAt = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** `done` is from 0 to 1. */
  show(done: number): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#begun < SHOW_AFTER_MS || now - this.#drawnAt < REDRAW_EVERY_MS)
      return;
    this.#drawnAt = now;
    process.stderr.write(`\r${this.#label} … ${Math.floor(done * 100)} %`);
  }

  end(): void {
    if (this.#drawnAt > 0) process.stderr.write('\r\u001b[K');
  }
}
