import { OnceASecond } from './once-a-second.ts';

export interface RequestLineBounds {
  /** Lines a second that may be written for as long as it goes on. */
  readonly perSecond: number;
  /** Lines that may be written at once after a time of rest. */
  readonly burst: number;
  /** Lines a second for each caller while there is a flood. */
  readonly perCaller: number;
}

/** A line has some 250 bytes: a flood that never ends writes 1 GB a day. */
const REQUEST_LINE_BOUNDS: RequestLineBounds = { perSecond: 50, burst: 3_000, perCaller: 5 };

interface RequestLog {
  info(fields: object, message: string): void;
}

/**
 * The lines of requests in the operator's log, which a flood must not fill the disk with. While half of the burst is
 * left each request has its line. In a flood, which uses up more, each caller has a few lines a second, so that those
 * who flood do not hide the others; and what was left out is counted, in one line a second.
 */
export class RequestLines<Request> {
  readonly #callerOf: (request: Request) => string;
  readonly #log: RequestLog;
  readonly #bounds: RequestLineBounds;
  readonly #now: () => number;
  readonly #oneIn: number | null;
  /** Calls without an error since the last line of one. */
  #passed = 0;
  readonly #summary = new OnceASecond(() => this.#tellLeftOut());
  /** How many requests each caller made in this second; only counted in a flood. */
  readonly #callers = new Map<string, number>();
  readonly #leftOut = new Map<number, number>();
  #room: number;
  #filledAt: number;
  #secondBegan: number;

  /**
   * @param callerOf names whose request it is; asked in a flood alone
   * @param now ms of a clock that never steps back
   * @param oneIn of how many calls without an error one has a line; null: none has
   */
  constructor(
    log: RequestLog,
    callerOf: (request: Request) => string,
    now: () => number = () => performance.now(),
    bounds = REQUEST_LINE_BOUNDS,
    oneIn: number | null = 1,
  ) {
    this.#log = log;
    this.#callerOf = callerOf;
    this.#oneIn = oneIn;
    this.#now = now;
    this.#bounds = bounds;
    this.#room = bounds.burst;
    this.#filledAt = now();
    this.#secondBegan = this.#filledAt;
  }

  /** Whether this request, which was answered with `status`, has a line; else it is counted. */
  admits(request: Request, status: number): boolean {
    if (this.#oneIn !== 1 && status < 400 && !this.#isChosen()) return false;
    if (this.#hasRoom(request)) {
      this.#room--;
      return true;
    }
    this.#leftOut.set(status, (this.#leftOut.get(status) ?? 0) + 1);
    this.#summary.note();
    return false;
  }

  /** The first of each `oneIn`. What the operator chose to leave out is not told as left out. */
  #isChosen(): boolean {
    if (this.#oneIn === null) return false;
    const isFirst = this.#passed === 0;
    this.#passed = (this.#passed + 1) % this.#oneIn;
    return isFirst;
  }

  /** Tells what was left out and not told yet. */
  end(): void {
    this.#summary.end();
  }

  #hasRoom(request: Request): boolean {
    const { perSecond, burst, perCaller } = this.#bounds;
    const now = this.#now();
    this.#room = Math.min(burst, this.#room + ((now - this.#filledAt) * perSecond) / 1000);
    this.#filledAt = now;
    if (this.#room >= burst / 2) return true;
    if (this.#room < 1) return false;
    if (now - this.#secondBegan >= 1000) {
      this.#secondBegan = now;
      this.#callers.clear();
    }
    const caller = this.#callerOf(request);
    const made = (this.#callers.get(caller) ?? 0) + 1;
    this.#callers.set(caller, made);
    return made <= perCaller;
  }

  #tellLeftOut(): void {
    const byStatus = Object.fromEntries(this.#leftOut);
    const leftOut = [...this.#leftOut.values()].reduce((sum, count) => sum + count, 0);
    this.#leftOut.clear();
    this.#log.info({ leftOut, byStatus }, 'request lines were left out');
  }
}
