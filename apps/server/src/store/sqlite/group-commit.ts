import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { Schema } from '../schema.ts';

/** A piece of work of a batch. It must not wait for anything but the database it is given. */
export type Work<T> = (db: Kysely<Schema>) => T | Promise<T>;

interface Queued {
  readonly work: Work<unknown>;
  /** Undone alone, when it refuses half way. Work that checks before it writes needs no savepoint. */
  readonly savepoint: boolean;
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
  /** How long a batch waits for another process that writes, before its callers are told 503. */
  readonly busyDeadlineMs?: number;
}

/** More than this in one transaction would let the first caller wait for the last. */
const MAX_BATCH = 1_024;
/** More than this waiting is more than can be answered in time: further callers are told at once. */
const MAX_QUEUE = 20_000;
const BUSY_RETRY_MS = 2;

/**
 * Group commit: everything that arrives while a batch commits goes into the next one, and one fsync
 * serves it all. A batch is collected over one turn of the event loop, so under light load a single
 * caller waits for nobody. Each caller is answered only after the commit that holds its work.
 */
export class GroupCommit {
  readonly #sqlite: DatabaseSync;
  readonly #db: Kysely<Schema>;
  readonly #options: GroupCommitOptions;
  #queue: Queued[] = [];
  #running = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(sqlite: DatabaseSync, db: Kysely<Schema>, options: GroupCommitOptions = {}) {
    this.#sqlite = sqlite;
    this.#db = db;
    this.#options = options;
  }

  /**
   * Puts `work` into the next batch. Resolves with what it returned once that is committed. A `Fault`
   * that it throws is its caller's alone; its own writes are undone. Anything else that goes wrong with
   * the transaction rejects with `store_unavailable`.
   */
  run<T>(work: Work<T>, savepoint = true): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed || this.#queue.length >= MAX_QUEUE) {
        reject(
          storeUnavailable(new Error(this.#closed ? 'the store is closed' : 'too many calls are waiting')),
        );
        return;
      }
      this.#queue.push({ work, savepoint, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#running) {
        this.#running = true;
        setImmediate(this.#drain);
      }
    });
  }

  /** Resolves when nothing is queued any more; afterwards `run` refuses. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  readonly #drain = async (): Promise<void> => {
    const batch = this.#queue.length <= MAX_BATCH ? this.#queue : this.#queue.slice(0, MAX_BATCH);
    this.#queue = this.#queue.length <= MAX_BATCH ? [] : this.#queue.slice(MAX_BATCH);
    await this.#commit(batch);
    if (this.#queue.length > 0) {
      setImmediate(this.#drain);
      return;
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  };

  async #commit(batch: readonly Queued[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      await this.#begin();
      outcomes = [];
      for (const item of batch) {
        const outcome = item.savepoint ? this.#attemptAsync(item) : this.#attempt(item);
        outcomes.push(outcome instanceof Promise ? await outcome : outcome);
      }
      this.#options.settle?.();
      this.#sqlite.exec('commit');
    } catch (error) {
      this.#rollback();
      this.#options.forget?.();
      const unavailable = storeUnavailable(error);
      for (const item of batch) item.reject(unavailable);
      return;
    }
    for (const { item, value, error } of outcomes) {
      if (error === undefined) item.resolve(value);
      else item.reject(error);
    }
  }

  /** `begin immediate`, waiting for another process without stopping the event loop. */
  async #begin(): Promise<void> {
    const deadline = performance.now() + (this.#options.busyDeadlineMs ?? 5_000);
    for (;;) {
      try {
        this.#sqlite.exec('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
      }
    }
  }

  #attempt(item: Queued): Outcome {
    try {
      return { item, value: item.work(this.#db) };
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
      // SQLite undoes the whole transaction by itself on some errors (full disk, I/O): then none of the batch stands.
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

/** Another process holds the write lock. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  const SQLITE_BUSY = 5;
  return (code & 0xff) === SQLITE_BUSY;
}
