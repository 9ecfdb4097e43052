/**
 * What was asked of the nodes and what they answered. Each request carries a user agent of its own, which the log
 * keeps, so that requests and events can be matched one to one.
 */

/** `ahead`: a code of a step that has not begun on the clock of the caller. */
export type Ask = 'enrol' | 'right' | 'ahead' | 'replay' | 'wrong' | 'probe';

export interface Entry {
  /** The user agent. */
  readonly id: string;
  /** Which node was asked. */
  readonly node: number;
  readonly ask: Ask;
  readonly clientId: string;
  /** The step that the code belongs to; null for a wrong code and an enrolment. */
  readonly step: number | null;
  /** Seconds of a step of this client. */
  readonly period: number;
  /** Milliseconds of the caller's monotonic clock. */
  readonly begun: number;
  /** Whether it is still waited for. */
  pending: boolean;
  /** null: no answer came. */
  answer: Answered | null;
}

export interface Answered {
  readonly ended: number;
  readonly status: number;
  /** `code` of a problem, or `reason` of a verdict. */
  readonly reason: string | null;
  readonly valid: boolean | null;
  /** A 503 that says that nothing was changed. */
  readonly nothingChanged?: boolean;
}

/** A look at a client or at its log. */
export interface Read {
  readonly id: string;
  readonly node: number;
  readonly clientId: string;
  /** Milliseconds of the caller's monotonic clock. */
  readonly begun: number;
  readonly ended: number;
  /** null: there was no answer that shows anything. */
  readonly seen: Seen | null;
}

/** What a read showed; a `client` that is null is not enrolled. */
export type Seen =
  | { readonly client: { readonly failures: number; readonly accepted: boolean } | null }
  | {
      /** The user agents of the events about the client, oldest first. */
      readonly log: readonly string[];
      /** Whether these are all. */
      readonly whole: boolean;
    };

/** A line of `GET /api/logs`. */
export interface LoggedEvent {
  readonly id: number;
  readonly event: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  readonly clientId: string | null;
  readonly userAgent: string | null;
}

/** What the database holds of a client. */
export interface ClientState {
  readonly clientId: string;
  readonly watermark: number;
  readonly failures: number;
}

/** All user agents of the load begin with this; those of setup and checks do not. */
export const LOAD = 'load-';

export class Ledger {
  readonly entries: Entry[] = [];
  readonly reads: Read[] = [];

  open(entry: Omit<Entry, 'id' | 'begun' | 'pending' | 'answer'>): Entry {
    const opened = {
      ...entry,
      id: `${LOAD}${this.entries.length + 1}`,
      begun: performance.now(),
      pending: true,
      answer: null,
    };
    this.entries.push(opened);
    return opened;
  }

  noteRead(read: Omit<Read, 'id'>): void {
    this.reads.push({ id: `${LOAD}read-${this.reads.length + 1}`, ...read });
  }
}

/** Whether the caller may rely on it: a 503 and a lost connection leave open what has become of the request. */
export function isAcknowledged(entry: Entry): entry is Entry & { readonly answer: Answered } {
  return entry.answer !== null && entry.answer.status !== 503;
}

/** Whether what was asked is now on the disks, as a success or a failure. */
export function isRecorded(entry: Entry): entry is Entry & { readonly answer: Answered } {
  return entry.answer !== null && (entry.answer.status === 200 || entry.answer.status === 201);
}

/** What came of the requests, in figures. */
export function summary(entries: readonly Entry[]): Record<string, number> {
  const figures = {
    requests: entries.length,
    enrolled: 0,
    accepted: 0,
    refused: 0,
    unavailable: 0,
    unanswered: 0,
    pending: 0,
  };
  for (const { answer, ask, pending } of entries) {
    if (pending) figures.pending++;
    else if (answer === null) figures.unanswered++;
    else if (answer.status === 503) figures.unavailable++;
    else if (ask === 'enrol' && answer.status === 201) figures.enrolled++;
    else if (answer.valid === true) figures.accepted++;
    else figures.refused++;
  }
  return figures;
}

/** When requests were acknowledged as written. */
export function recordedAt(entries: readonly Entry[]): number[] {
  return entries.filter(isRecorded).map(({ answer }) => answer.ended);
}

/** The longest time without a write between two moments, in seconds, of times in milliseconds: no service so long. */
export function longestGap(writes: readonly number[], from: number, to: number): number {
  const times = writes.filter((time) => time > from && time < to).sort((a, b) => a - b);
  let longest = 0;
  let last = from;
  for (const time of [...times, to]) {
    longest = Math.max(longest, time - last);
    last = time;
  }
  return longest / 1000;
}
