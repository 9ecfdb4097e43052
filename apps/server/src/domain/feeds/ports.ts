import type { EventRecord } from '../log/events.ts';
import type { LogMark } from '../webhooks/ports.ts';

/** Where the events of all logs are sent for the operator; each remembers for itself how far it is. */
export type FeedName = 'syslog' | 'file';

/** A log that has events which a feed has not had. */
export interface WaitingLog {
  readonly accountId: number;
  /** null: the installation's own log. */
  readonly accountPublicId: string | null;
  readonly isTest: boolean;
  readonly lastEvent: number;
  /** The bodies of events up to this number are gone. */
  readonly prunedTo: number;
  /** The number of the event up to which all have arrived; 0: none has. */
  readonly fedTo: number;
}

/** That all events of a log up to `to` have arrived. */
export interface FeedProgress {
  readonly accountId: number;
  /** What the store has as `fedTo`. */
  readonly from: number;
  readonly to: number;
  /** The event of the number `to`; null: it was pruned. */
  readonly mark: LogMark | null;
}

/** What the feeds need of a store. The same promises as `Store`. */
export interface FeedStore {
  /** The logs that wait, of the accounts numbered above `after`, at most `span` numbers on. */
  waitingLogs(
    feed: FeedName,
    after: number,
    span: number,
  ): Promise<{ readonly waiting: readonly WaitingLog[]; readonly highest: number }>;
  /** Events numbered above `after` whose bodies are there, oldest first. */
  eventsToFeed(accountId: number, after: number, limit: number): Promise<readonly EventRecord[]>;
  /**
   * Keeps how far a feed is with some logs. The numbers of the accounts of which nothing was kept: it goes on from something
   * else by now, or the log is not the one that was read.
   */
  settleFeed(feed: FeedName, progress: readonly FeedProgress[]): Promise<readonly number[]>;
}

/** Counted since the start, for the metrics. */
export interface FeedFigures {
  /** Events that have arrived. */
  sent: number;
  failures: number;
  /** Events that were gone from the log before they were sent. */
  lost: number;
  /** Events that have not arrived yet, of all logs. */
  behind: number;
}

/** Of the feeds that there are. */
export type FeedsFigures = Readonly<Partial<Record<FeedName, FeedFigures>>>;

export function noFeedFigures(): FeedFigures {
  return { sent: 0, failures: 0, lost: 0, behind: 0 };
}
