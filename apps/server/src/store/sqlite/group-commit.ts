import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { Fault, outcomeUnknown, storeUnavailable } from '../../domain/errors.ts';
import { FairQueue } from '../scheduling/fair-queue.ts';
import type { LaneName } from '../scheduling/lanes.ts';
import type { Schema } from '../schema.ts';
import type { DurableLog } from './durable-log.ts';
import { isBusy, isOpenOutcome, retryDelay } from './when-free.ts';

/** A piece of work of a batch. It must not wait for anything but the database it is given. */
export type Work<T> = (db: Kysely<Schema>) => T | Promise<T>;

interface Queued {
  readonly work: Work<unknown>;
  /** Undone alone, when it refuses half way. Work that checks before it writes needs no savepoint. */
  readonly savepoint: boolean;
  /** When it was queued (`performance.now()`). */
  readonly since: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Outcome {
  readonly item: Queued;
  readonly value?: unknown;
  readonly error?: unknown;
}

export interface GroupCommitOptions {
  /** Writes what earlier work of the batch has put off; called before work with a savepoint and before the commit. */
  readonly settle?: () => void;
  /** Forgets what was put off, as the transaction is gone. */
  readonly forget?: () => void;
  /** What of the commits is on the disk. No caller is answered before theirs is. */
  readonly log: DurableLog;
  /** Called between two batches, while all that is committed is on the disk. */
  readonly afterBatch?: () => void;
  /** How long a caller waits for another process that writes, counted from its call, before it gets 503. */
  readonly busyDeadlineMs?: number;
  /** Told of each batch that has ended: its size, whether it is durable, and since when it ran (`performance.now()`). */
  readonly onEnd?: (size: number, durable: boolean, begunAt: number) => void;
}

/** More than this in one transaction would let the first caller wait for the last. */
const MAX_BATCH = 256;
/** More than this waiting in one lane cannot be answered in time: its further callers are refused at once. */
const MAX_WAITING = 4_096;
/** The lane of work without a caller, such as a recovery. */
const OWN_LANE = 'own work';
/** How long a caller waits for another process that writes, unless the options say otherwise. */
export const BUSY_DEADLINE_MS = 5_000;

/**
 * Group commit: everything that arrives while a batch commits goes into the next one, and one sync
 * serves it all. A batch is collected over one turn of the event loop, so under light load a single
 * caller waits for no other. Each caller is answered only after the commit that holds its work is durable.
 *
 * SQLite runs with `synchronous = normal`, which commits without a sync, and the sync is done here, off
 * the main thread: the event loop goes on reading requests while the disk works. What callers can rely on
 * is that of `synchronous = full` (docs/decisions/0003-sync-off-the-main-thread.md).
 */
export class GroupCommit {
  readonly #sqlite: DatabaseSync;
  readonly #db: Kysely<Schema>;
  readonly #options: GroupCommitOptions;
  readonly #begin: StatementSync;
  readonly #commitBatch: StatementSync;
  readonly #queue = new FairQueue<Queued>(MAX_WAITING);
  #running = false;
  #closed = false;
  #idle: (() => void)[] = [];
  #recovering: Promise<void> | null = null;

  constructor(sqlite: DatabaseSync, db: Kysely<Schema>, options: GroupCommitOptions) {
    this.#sqlite = sqlite;
    this.#db = db;
    this.#options = options;
    this.#begin = sqlite.prepare('begin immediate');
    this.#commitBatch = sqlite.prepare('commit');
  }

  /**
   * Puts `work` into the next batch; `lane` is its account, or the name of what is no account's: lanes take turns when
   * more waits than a batch holds. Resolves with what it returned once that is committed. A `Fault`
   * that it throws is its caller's alone; its own writes are undone. Anything else that goes wrong with
   * the transaction rejects with `store_unavailable`.
   */
  run<T>(work: Work<T>, lane: LaneName = OWN_LANE): Promise<T> {
    return this.#queueUp(work, true, lane);
  }

  /**
   * The same for work that throws no `Fault` after it has written: it costs less. An error that it returns is its caller's,
   * who gets it once what was written with it is durable.
   */
  runWithoutSavepoint<T>(work: (db: Kysely<Schema>) => T | Error, lane: LaneName = OWN_LANE): Promise<T> {
    return this.#queueUp(work as Work<T>, false, lane);
  }

  /**
   * Resolves when all that a read has seen until now is on the disk, whichever process committed it: at once when
   * nothing is pending, else with the sync that covers it. Rejects when that cannot be said.
   */
  async confirmReads(): Promise<void> {
    const { log } = this.#options;
    // A batch writes the log anew, which takes the write lock, before it ends.
    while (log.suspect) {
      this.#recovering ??= this.runWithoutSavepoint(() => {}).finally(() => {
        this.#recovering = null;
      });
      await this.#recovering;
    }
    await log.confirm();
  }

  /** How many pieces of work wait for a batch. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves when nothing is queued any more; afterwards `run` refuses. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
    const { log } = this.#options;
    await log.ended();
    if (log.suspect) await this.#recoverBeforeTheEnd();
  }

  /** The last connection to close moves the log into the database file: only a log that is on the disk may be. */
  async #recoverBeforeTheEnd(): Promise<void> {
    try {
      this.#begin.run();
      await this.#options.log.rewrite();
    } catch {
      // Another process has the file, which then stays as it is; or the disk is broken, and nothing more can be done.
    } finally {
      this.#rollback();
    }
  }

  #queueUp<T>(work: Work<T>, savepoint: boolean, lane: LaneName): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) {
        reject(storeUnavailable(new Error('the store is closed')));
        return;
      }
      const since = performance.now();
      const item = { work, savepoint, since, resolve: resolve as (value: unknown) => void, reject };
      if (!this.#queue.push(lane, item)) {
        reject(storeUnavailable(new Error('too many calls are waiting')));
        return;
      }
      if (!this.#running) {
        this.#running = true;
        setImmediate(this.#drain);
      }
    });
  }

  readonly #drain = async (): Promise<void> => {
    let batch = this.#queue.take(MAX_BATCH);
    while (batch.length > 0) {
      batch = await this.#commit(batch);
      if (!this.#options.log.suspect) this.#options.afterBatch?.();
    }
    if (this.#queue.length > 0) {
      setImmediate(this.#drain);
      return;
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  };

  /**
   * One transaction for all of the batch. Gives what is to be tried again: nothing, or the others after one
   * piece of work has failed in an unexpected way. What it left half done is undone with the rest
   * of the transaction, and only its own caller gets an error.
   */
  async #commit(waiting: readonly Queued[]): Promise<Queued[]> {
    const { log } = this.#options;
    const outcomes: Outcome[] = [];
    const begunAt = performance.now();
    let batch = waiting;
    let current: Queued | null = null;
    let isCommitting = false;
    try {
      batch = await this.#lock(waiting);
      if (batch.length === 0) return [];
      for (const item of batch) {
        current = item;
        const outcome = item.savepoint ? this.#attemptAsync(item) : this.#attempt(item);
        outcomes.push(outcome instanceof Promise ? await outcome : outcome);
      }
      current = null;
      this.#options.settle?.();
      if (log.suspect) await log.rewrite();
      isCommitting = true;
      this.#commitBatch.run();
      // Also where nothing was changed: what the answers tell of was read, and may be another process's newest commit.
      await log.confirmCommit();
    } catch (error) {
      // On some errors (full disk, I/O) SQLite undoes the transaction by itself: then the store is at fault.
      const culprit = this.#sqlite.isTransaction ? current : null;
      this.#rollback();
      this.#options.forget?.();
      this.#options.onEnd?.(batch.length, false, begunAt);
      const fault = isCommitting && isOpenOutcome(error) ? outcomeUnknown(error) : storeUnavailable(error);
      for (const item of culprit === null ? batch : [culprit]) item.reject(fault);
      return culprit === null ? [] : batch.filter((item) => item !== culprit);
    }
    this.#options.onEnd?.(batch.length, true, begunAt);
    for (const { item, value, error } of outcomes) {
      if (error === undefined) item.resolve(value);
      else item.reject(error);
    }
    return [];
  }

  /**
   * Takes the write lock, without stopping the event loop while another process holds it, and gives those of
   * the batch that still wait. Each of them waits for its own time, also while it was queued behind others.
   */
  async #lock(batch: readonly Queued[]): Promise<readonly Queued[]> {
    const deadlineMs = this.#options.busyDeadlineMs ?? BUSY_DEADLINE_MS;
    let waiting = batch;
    for (;;) {
      try {
        this.#begin.run();
        return waiting;
      } catch (error) {
        if (!isBusy(error)) throw error;
        const now = performance.now();
        const late = waiting.filter(({ since }) => now > since + deadlineMs);
        if (late.length > 0) {
          waiting = waiting.filter(({ since }) => now <= since + deadlineMs);
          this.#options.onEnd?.(late.length, false, now - deadlineMs);
          const unavailable = storeUnavailable(error);
          for (const item of late) item.reject(unavailable);
        }
        if (waiting.length === 0) return waiting;
        await retryDelay();
      }
    }
  }

  #attempt(item: Queued): Outcome {
    try {
      const value = item.work(this.#db);
      return value instanceof Error ? { item, error: value } : { item, value };
    } catch (error) {
      if (error instanceof Fault) return { item, error };
      throw error;
    }
  }

  async #attemptAsync(item: Queued): Promise<Outcome> {
    this.#options.settle?.();
    this.#sqlite.exec('savepoint work');
    try {
      const value = await item.work(this.#db);
      this.#sqlite.exec('release work');
      return { item, value };
    } catch (error) {
      if (!this.#sqlite.isTransaction) throw error;
      this.#sqlite.exec('rollback to work');
      this.#sqlite.exec('release work');
      return { item, error: error instanceof Fault ? error : storeUnavailable(error) };
    }
  }

  #rollback(): void {
    if (!this.#sqlite.isTransaction) return;
    try {
      this.#sqlite.exec('rollback');
    } catch {
      // The transaction is gone one way or the other; the next `begin` tells if the file is still unusable.
    }
  }
}
