const EVERY_MS = 1_000;

/** Calls `report` a second after something was noted, once for all that was noted until then. */
export class OnceASecond {
  readonly #report: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(report: () => void) {
    this.#report = report;
  }

  note(): void {
    this.#timer ??= setTimeout(() => this.end(), EVERY_MS).unref();
  }

  /** Calls it now when something was noted. */
  end(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#report();
  }
}
