import type { Change } from '../change.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Refinement } from './event-filter.ts';
import type { EventRecord, EventType, NewEvent, Outcome } from './events.ts';
import type { HourlyActivity, Span } from './statistics.ts';

export interface LogFilter {
  readonly clientId: string | null;
  readonly event: EventType | null;
  readonly outcome: Outcome | null;
  readonly refined?: Refinement | undefined;
}

export interface EventFilter extends LogFilter {
  /** ms, inclusive. */
  readonly from: number | null;
  /** ms, exclusive. */
  readonly to: number | null;
}

/** A page of the log, newest first. */
export interface EventPage extends Page<EventRecord> {
  /** Only of a page that is shorter than its limit and not the last: when the oldest event was that it looked at, ms. */
  readonly searchedTo?: number;
}

/** How many events pass a filter: exactly, by a sample of the log, or no fewer than these. */
export interface EventTotal {
  readonly count: number;
  readonly accuracy: 'exact' | 'about' | 'atLeast';
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
  listEvents(accountId: number, filter: EventFilter, page: PageRequest): Promise<EventPage>;
  /** Looks at a bounded number of events; null: too few of them match for an estimate. */
  countEvents(accountId: number, filter: EventFilter): Promise<EventTotal | null>;
  findEvent(accountId: number, id: number): Promise<EventRecord | null>;
  /** At most `limit` of the events numbered above `after`; looks at a bounded number of them. */
  followLog(accountId: number, after: number, filter: LogFilter, limit: number): Promise<LogPart>;
  /** What was counted in the hours of a span, added up by its buckets. */
  readActivity(accountId: number, span: Span): Promise<HourlyActivity>;
}
