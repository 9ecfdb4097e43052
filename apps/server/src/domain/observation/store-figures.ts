import type { KeyCounts } from '../keys/api-key.ts';
import type { BatchTally } from './batch-tally.ts';
import { CodesAgainstClock } from './clock-drift.ts';
import { Distribution } from './distribution.ts';

/** A group commit that has ended. Times are ms of `performance.now()`. */
export interface EndedBatch {
  /** How many pieces of work were in the transaction. */
  readonly size: number;
  /** False: it was undone, or may not be on the disk; its callers got 503. */
  readonly durable: boolean;
  readonly begunAt: number;
  readonly endedAt: number;
  /** The requests whose codes were judged in it; filled only for a follower. */
  readonly requestIds: readonly string[];
}

/** One code that was judged inside a batch. Times are ms of `performance.now()`. */
export interface JudgedAttempt {
  readonly requestId: string;
  readonly begunAt: number;
  readonly endedAt: number;
  /** `valid`, a reason, or the code of a fault. */
  readonly verdict: string;
}

/** A follower of single batches and attempts, such as traces. */
export interface StoreFollower {
  attemptJudged(attempt: JudgedAttempt): void;
  batchEnded(batch: EndedBatch): void;
}

/** The connections of a store that has several. */
export interface PoolFigures {
  readonly size: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

/** What keeps a database server from cleaning up, as it was when it was last looked at. */
export interface DatabaseFigures {
  /** Age of the oldest snapshot that is held: rows that died since stay. */
  readonly oldestSnapshotSeconds: number;
  /** Dead rows in the tables that every batch rewrites. */
  readonly deadRows: number;
  /** What the database has on its disk. */
  readonly sizeBytes: number;
}

/**
 * What a store notes of its work while it runs, for the metrics and the traces. Noting is a few additions a
 * batch; readers compute the rest.
 */
export class StoreFigures {
  readonly batchSize = new Distribution([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  /** From the beginning of the transaction until it is durable, the wait for another writer included. */
  readonly commitSeconds = new Distribution([
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
  ]);
  failedBatches = 0;
  /** Clients that were locked until they are unlocked. */
  lockouts = 0;
  /** Clients that had to wait between wrong codes, from some wrong code on. */
  delays = 0;
  /** What codes say of this server's clock. */
  readonly codesAgainstClock = new CodesAgainstClock();
  /** Set by the store: how many pieces of work wait for a batch. */
  waiting: () => number = () => 0;
  /** Set by a store that has a pool. */
  pool: (() => PoolFigures) | null = null;
  /** Clients that refused every code when this process started, since a clock had been ahead. */
  clocksAhead = 0;
  /** Keys that need a look; null: not counted yet, or by another node. */
  apiKeys: KeyCounts | null = null;
  /** Set by a store whose database has a clock of its own: by how many ms this machine's is ahead of it. */
  clockAheadOfDatabaseMs: (() => number) | null = null;
  /** Set by a store on a database server; null as long as it has not been looked at. */
  database: (() => DatabaseFigures | null) | null = null;
  /** null: without a follower, only counting is done. */
  follower: StoreFollower | null = null;

  /** A batch is durable, or was undone. `tally`: what its attempts came to; null: it had none. */
  note(batch: EndedBatch, tally: BatchTally | null): void {
    if (batch.durable) {
      this.batchSize.observe(batch.size);
      this.commitSeconds.observe((batch.endedAt - batch.begunAt) / 1000);
      if (tally !== null) this.#count(tally);
    } else {
      this.failedBatches++;
    }
    this.follower?.batchEnded(batch);
  }

  #count({ lockouts, delays, accepted, near }: BatchTally): void {
    this.lockouts += lockouts;
    this.delays += delays;
    this.codesAgainstClock.note(accepted, near);
  }
}
