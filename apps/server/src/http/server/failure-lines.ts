import type { Fault } from '../../domain/errors.ts';
import { OnceASecond } from './once-a-second.ts';

/** Failures of one kind that have a line each, with their cause, within a window; those after them are counted. */
const LINES_PER_WINDOW = 5;
const WINDOW_MS = 60_000;
/** Kinds that are distinguished; any further one is logged by its code alone. */
const MAX_KINDS = 16;

interface FailureLog {
  error(fields: object, message: string): void;
}

interface Kind {
  readonly code: string;
  readonly reason: string | undefined;
  windowEnds: number;
  lines: number;
  /** Not told yet. */
  counted: number;
  lastRequestId: string;
}

/**
 * Requests that failed for reasons other than the request: an unreachable store, a secret that does not open, a bug in
 * Kanda. The first few of a kind get a line each in the operator's log, then one line a second with their number: an
 * outage, or an attacker who has found what fails, causes thousands.
 */
export class FailureLines {
  readonly #log: FailureLog;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();
  readonly #summary = new OnceASecond(() => this.#tellCounted());

  /** @param now ms of a clock that never steps back */
  constructor(log: FailureLog, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  write(fault: Fault, request: { readonly requestId: string; readonly traceId?: string }): void {
    const now = this.#now();
    const kind = this.#kindOf(fault, now);
    if (now >= kind.windowEnds) {
      kind.windowEnds = now + WINDOW_MS;
      kind.lines = 0;
    }
    if (kind.lines < LINES_PER_WINDOW) {
      kind.lines++;
      this.#log.error({ ...request, code: fault.code, cause: fault.cause }, 'a request failed');
      return;
    }
    kind.counted++;
    kind.lastRequestId = request.requestId;
    this.#summary.note();
  }

  /** Tells what was counted and not told yet. */
  end(): void {
    this.#summary.end();
  }

  #kindOf({ code, cause }: Fault, now: number): Kind {
    const reason = cause instanceof Error ? cause.message : undefined;
    const name = `${code} ${reason}`;
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    if (this.#kinds.size >= MAX_KINDS) this.#forgetEnded(now);
    if (this.#kinds.size >= MAX_KINDS && reason !== undefined) return this.#kindOf({ code } as Fault, now);
    const kind: Kind = { code, reason, windowEnds: now + WINDOW_MS, lines: 0, counted: 0, lastRequestId: '' };
    this.#kinds.set(name, kind);
    return kind;
  }

  #forgetEnded(now: number): void {
    for (const [name, { windowEnds, counted }] of this.#kinds) {
      if (now >= windowEnds && counted === 0) this.#kinds.delete(name);
    }
  }

  #tellCounted(): void {
    for (const kind of this.#kinds.values()) {
      if (kind.counted === 0) continue;
      const { code, reason, counted, lastRequestId } = kind;
      this.#log.error({ code, reason, count: counted, lastRequestId }, 'requests failed');
      kind.counted = 0;
    }
  }
}
