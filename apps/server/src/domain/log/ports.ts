import type { Hash, Tile, TileId } from '@kanda/tlog';
import type { EventRecord } from './events.ts';

/**
 * Between two rounds of the work behind the logs; a server asks its store at least as often. A store on another
 * machine takes its time, which is none of this one's.
 */
export const MAX_PAUSE_MS = 10_000;

/** How far the tree of one account's log is. */
export interface LogHead {
  readonly accountId: number;
  /** null: the installation's own log. */
  readonly accountPublicId: string | null;
  /** The number of the newest event. */
  readonly lastEvent: number;
  /** How many events are in the tree. */
  readonly size: number;
  /** How many the newest checkpoint covers; 0: there is none. */
  readonly checkpointSize: number;
  /** ms; 0: there is none. */
  readonly checkpointAt: number;
  /** Up to which checkpoint they were sent off the host. */
  readonly sentSize: number;
  /** The bodies of events up to this number are gone. */
  readonly prunedTo: number;
}

/** A checkpoint as it is kept. */
export interface KeptCheckpoint {
  readonly size: number;
  readonly root: Hash;
  /** ms. */
  readonly at: number;
  /** The signed note. */
  readonly note: string;
}

/** What may have to be done about a log. */
export type LogNeed = 'sequencing' | 'sending' | 'pruning' | 'reviewing' | 'cosigning';

/** What the tree needs of a store. The same promises as `Store`. */
export interface LogTreeStore {
  /**
   * The logs of the accounts numbered above `after`, at most `span` numbers on, about which something has to
   * be done. `highest`: the largest account number there is.
   */
  logsInNeed(
    need: LogNeed,
    after: number,
    span: number,
  ): Promise<{ readonly heads: readonly LogHead[]; readonly highest: number }>;
  logHead(accountId: number): Promise<LogHead | null>;
  /** Events numbered above `after`, oldest first. */
  readLog(accountId: number, after: number, limit: number): Promise<readonly EventRecord[]>;

  /** Those of the tiles that are there. */
  readTiles(accountId: number, tiles: readonly TileId[]): Promise<readonly Tile[]>;
  /** Writes tiles and the size that they make, unless the tree is no longer of the size `from`: then false. */
  extendLogTree(accountId: number, from: number, size: number, tiles: readonly Tile[]): Promise<boolean>;

  /** Keeps a checkpoint, unless another has followed the one of the size `from`: then false. */
  addCheckpoint(accountId: number, from: number, checkpoint: KeptCheckpoint): Promise<boolean>;
  /** Keeps a checkpoint's note with the cosignatures that were added to it. */
  cosignCheckpoint(accountId: number, size: number, note: string): Promise<void>;
  newestCheckpoint(accountId: number): Promise<KeptCheckpoint | null>;
  /** Those of more than `above` events, shortest first. */
  listCheckpoints(accountId: number, above: number, limit: number): Promise<readonly KeptCheckpoint[]>;
  /** Notes that all checkpoints up to this size were sent. */
  markCheckpointsSent(accountId: number, size: number): Promise<void>;

  /** Deletes the bodies of the oldest events up to number `to`, at most `limit`; how many numbers it went on. */
  pruneEvents(accountId: number, to: number, limit: number): Promise<number>;
}

/** Audit-log counters since the start, for the metrics. */
export interface LogFigures {
  /** Events that were in no tree yet when the last round began. */
  behind: number;
  sequenced: number;
  checkpoints: number;
  pruned: number;
  sent: number;
  sendFailures: number;
  /** When the sink last took a checkpoint, in seconds since the epoch; 0: not yet; null: there is no sink. */
  lastSentSeconds: number | null;
  /** By how much this machine's clock is ahead of the sink's; below 0 it is behind; null: no sink has shown its clock. */
  sinkClockAheadSeconds: number | null;
  /** Checkpoints to which cosignatures were added. */
  cosigned: number;
  cosignFailures: number;
  /** Logs whose tree or bodies do not fit together: look into each at once. */
  damagedLogs: number;
}
