import { type CodesAgainstClock, driftInWords } from '../domain/observation/clock-drift.ts';

/** Between two looks; the codes of a quarter of an hour count. */
const EVERY_MS = 10_000;
/** How often the operator is reminded while the clock looks wrong. */
const REMIND_EVERY_MS = 10 * 60 * 1000;

export interface DriftLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Writes to the log when users' codes say that this server's clock is wrong, and when they no longer do. */
export class ClockDriftWatch {
  readonly #codes: CodesAgainstClock;
  readonly #log: DriftLog;
  readonly #uptime: () => number;
  #timer: NodeJS.Timeout | undefined;
  #saidAt: number | null = null;

  /** @param uptime ms that go by whatever the clock is set to */
  constructor(codes: CodesAgainstClock, log: DriftLog, uptime: () => number = () => performance.now()) {
    this.#codes = codes;
    this.#log = log;
    this.#uptime = uptime;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const drift = this.#codes.look();
    if (drift === null) {
      if (this.#saidAt !== null) this.#log.info({}, "Users' codes fit this server's clock again");
      this.#saidAt = null;
      return;
    }
    const now = this.#uptime();
    if (this.#saidAt !== null && now - this.#saidAt < REMIND_EVERY_MS) return;
    this.#saidAt = now;
    this.#log.error(drift, driftInWords(drift));
  }
}
