import type { Change } from '../change.ts';
import type { Page, PageRequest } from '../page.ts';
import type { EventRecord, EventType, NewEvent, Outcome } from './events.ts';
import type { HourlyActivity } from './statistics.ts';

export interface LogFilter {
  readonly clientId: string | null;
  readonly event: EventType | null;
  readonly outcome: Outcome | null;
}

export interface EventFilter extends LogFilter {
  /** ms, inclusive. */
  readonly from: number | null;
  /** ms, exclusive. */
  readonly to: number | null;
}

/** A part of a log, oldest first. */
export interface LogPart {
  readonly events: readonly EventRecord[];
  /** The number of the last event that was looked at, passing the filter or not. */
  readonly reached: number;
  /** Whether there are events beyond it already. */
  readonly more: boolean;
}

/** The events of an account. Their tree: `LogTreeStore`. */
export interface EventStore {
  /** Records something that changed nothing else. */
  recordEvent(accountId: number, event: NewEvent & Pick<Change, 'offsetMs'>): Promise<void>;
  /** Newest first. A page may be shorter than `limit` and still have a next one. Faults: cursor_invalid. */
  listEvents(accountId: number, filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  findEvent(accountId: number, id: number): Promise<EventRecord | null>;
  /** At most `limit` of the events numbered above `after`; looks at a bounded number of them. */
  followLog(accountId: number, after: number, filter: LogFilter, limit: number): Promise<LogPart>;
  /** What was counted in these hours since the epoch, both included. */
  readActivity(accountId: number, firstHour: number, lastHour: number): Promise<HourlyActivity>;
}
