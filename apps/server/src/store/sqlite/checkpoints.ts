import { close, closeSync, fdatasync, openSync, readSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { openWithoutCache } from './connection.ts';

const closeFile = promisify(close);
const syncData = promisify(fdatasync);

/**
 * Pages in the write-ahead log before they are moved into the database file. With fewer, pages that change often are
 * moved more often; with more, each pause is longer.
 */
const DUE_PAGES = 4_000;
/** A shorter log is moved once a minute, too: as long as a change is there alone, deleting it takes the change back. */
const EARLY_PAGES = 4;
const EARLY_EVERY_MS = 60_000;
/** A snapshot that no batch follows is let go, as other processes cannot move what comes after it either. */
const MAX_HOLD_MS = 100;
const RETRY_AFTER_MS = 1_000;
const SQLITE_IOERR_FSYNC = 1034;
const WAL_SEQUENCE_AT = 12;

export interface CheckpointOptions {
  /** The database file. */
  readonly path: string;
  /** Receives notices for the operator. */
  readonly onNotice: (message: string) => void;
  readonly duePages?: number;
  /**
   * How much time lies between two moves of a log that is shorter; null: it is not moved before it is long enough. Nor is
   * it while no one listens, see `onMoved`.
   */
  readonly earlyEveryMs?: number | null;
  /** Brings the file to the disk; something else than the system's own only where a disk is simulated. */
  readonly sync?: (file: number) => Promise<void>;
}

/**
 * - `counting`: until the log is long enough.
 * - `holding`: a snapshot is held. Once a batch has followed, the log has an end that cannot be moved.
 * - `syncing`: what was moved is being brought to the disk.
 * - `synced`: what batches have added meanwhile is to be moved.
 */
type State = 'counting' | 'holding' | 'syncing' | 'synced';

/**
 * Moves the write-ahead log into the database file (a checkpoint) and syncs that off the main thread.
 *
 * SQLite does both within a commit, which stops the event loop for 30 to 100 ms where thousands of pages were changed;
 * most of it is the sync. But it leaves the sync out when it could not move all of the log. So the first pass is made
 * while a snapshot is held that is older than the newest batch. The file is then synced in libuv's thread pool, while
 * batches go on, and a second pass moves what these have added: its own sync finds little to do. After it SQLite begins
 * the log anew.
 *
 * What a power cut asks for is left to SQLite: it syncs the log before it moves a page, and begins the log anew only
 * after a pass that has moved all of it and synced the file.
 */
export class Checkpoints {
  readonly #options: Required<CheckpointOptions>;
  /** Keeps the newest part of the log from being moved. */
  readonly #holder: DatabaseSync;
  /** SQLite lets no connection move the log while one of its own statements is under way. */
  readonly #mover: DatabaseSync;
  readonly #length: StatementSync;
  readonly #move: StatementSync;
  #state: State = 'counting';
  #syncing: Promise<void> = Promise.resolve();
  #letGoLater: NodeJS.Timeout | undefined;
  #file: number | null = null;
  #notBefore = 0;
  #nextEarly = 0;
  /** Which log it was when this process looked last, and how far it was moved; null: it may begin anew without a pass. */
  #moved: { readonly log: number; readonly to: number } | null = null;
  /** To see whether the log was begun anew. */
  #wal: number | null = null;
  #onMoved: (() => void) | null = null;
  #isTold = false;
  #broken: Error | null = null;

  constructor(options: CheckpointOptions) {
    this.#options = { duePages: DUE_PAGES, earlyEveryMs: EARLY_EVERY_MS, sync: syncData, ...options };
    this.#holder = openWithoutCache(options.path, { readOnly: true });
    this.#mover = openWithoutCache(options.path, { readOnly: false });
    this.#length = this.#mover.prepare('pragma wal_checkpoint(noop)');
    this.#move = this.#mover.prepare('pragma wal_checkpoint(passive)');
  }

  /**
   * Has `listener` called after a pass that has moved something, of whatever process. Without a listener only a long log
   * is moved: a server counts after each pass, a command does not.
   */
  onMoved(listener: () => void): void {
    this.#onMoved = listener;
  }

  /** Takes the next step. Called between two batches: no transaction is open, and the log is on the disk. */
  afterBatch(): void {
    if (this.#broken !== null || performance.now() < this.#notBefore) return;
    try {
      this.#step();
    } catch (error) {
      this.#letGo();
      this.#state = 'counting';
      if ((error as { errcode?: number }).errcode === SQLITE_IOERR_FSYNC) this.#break(error);
      else this.#tryLater(error as Error);
    }
  }

  /**
   * @throws when a sync of the database file has failed: pages that SQLite takes for moved may not be there. The log has
   * them, as long as no process writes to it; when all processes have ended, SQLite moves all of it again.
   */
  assertSound(): void {
    if (this.#broken !== null) throw this.#broken;
  }

  /**
   * Waits for what is under way and closes. The last connection of all moves the log and removes it; after a failed
   * sync one stays open here until the process ends, so that it does not.
   */
  async end(): Promise<void> {
    if (!this.#holder.isOpen) return;
    this.#letGo();
    await this.#syncing;
    // Locks are on another file (-shm), so that no one loses any by this.
    if (this.#wal !== null) closeSync(this.#wal);
    this.#wal = null;
    this.#holder.close();
    if (this.#broken === null) this.#mover.close();
  }

  /**
   * To be called when every connection is closed: closing any descriptor of a file takes all of the process's locks on
   * it, SQLite's too.
   */
  async closeFile(): Promise<void> {
    if (this.#file !== null && this.#broken === null) await closeFile(this.#file);
    this.#file = null;
  }

  #step(): void {
    switch (this.#state) {
      case 'counting':
        if (this.#isDue()) this.#hold();
        break;
      case 'holding':
        this.#pass();
        this.#letGo();
        break;
      case 'synced':
        this.#state = 'counting';
        this.#pass();
        break;
      case 'syncing':
    }
  }

  #isDue(): boolean {
    const { log, checkpointed } = this.#pages();
    if (this.#wasMovedByOthers(checkpointed)) this.#onMoved?.();
    if (log >= this.#options.duePages) return true;
    if (this.#options.earlyEveryMs === null || this.#onMoved === null) return false;
    return log - checkpointed >= EARLY_PAGES && performance.now() >= this.#nextEarly;
  }

  /** Whether another process has moved something since the last look: a command, or whatever opens the file. */
  #wasMovedByOthers(to: number): boolean {
    const before = this.#moved;
    this.#moved = { log: this.#whichLog(), to };
    return before !== null && (before.log !== this.#moved.log || before.to !== to);
  }

  /** The number in the log's header that grows each time it is begun anew, which is after all of it was moved. */
  #whichLog(): number {
    this.#wal ??= openSync(`${this.#options.path}-wal`, 'r');
    const number = Buffer.alloc(4);
    readSync(this.#wal, number, 0, 4, WAL_SEQUENCE_AT);
    return number.readUInt32BE();
  }

  #hold(): void {
    // Before the first page is moved: only a process that has the file open learns that writing it back has failed.
    this.#file ??= openSync(this.#options.path, 'r');
    this.#holder.exec('begin; select 1 from sqlite_schema limit 1');
    this.#state = 'holding';
    this.#letGoLater = setTimeout(() => this.#letGo(), MAX_HOLD_MS);
    this.#letGoLater.unref();
  }

  #letGo(): void {
    clearTimeout(this.#letGoLater);
    if (this.#holder.isTransaction) this.#holder.exec('commit');
    if (this.#state === 'holding') this.#state = 'counting';
  }

  /** Moves what no snapshot needs where it is. SQLite has synced it only if that was all. */
  #pass(): void {
    const before = this.#pages().checkpointed;
    const { busy, log, checkpointed } = this.#move.get() as unknown as Pages;
    this.#isTold = false;
    this.#moved = checkpointed === log ? null : { log: this.#whichLog(), to: checkpointed };
    if (checkpointed > before) {
      this.#nextEarly = performance.now() + (this.#options.earlyEveryMs ?? 0);
      this.#onMoved?.();
    }
    if (busy === 0 && checkpointed === log) return;
    if (checkpointed > before) this.#sync();
    // Another process is at it, or a reader uses an old state: an export, a backup.
    else this.#notBefore = performance.now() + RETRY_AFTER_MS;
  }

  #sync(): void {
    this.#state = 'syncing';
    this.#syncing = this.#options.sync(this.#file as number).then(
      () => {
        this.#state = 'synced';
      },
      (error: Error) => this.#break(error),
    );
  }

  #pages(): Pages {
    return this.#length.get() as unknown as Pages;
  }

  #tryLater(error: Error): void {
    this.#notBefore = performance.now() + RETRY_AFTER_MS;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onNotice(
      `The write-ahead log could not be moved into ${this.#options.path} (${error.message}). It grows until that works: look at the disk`,
    );
  }

  #break(cause: unknown): void {
    this.#broken = new Error(
      `the disk has failed to write ${this.#options.path} (${(cause as Error).message}): look at it, ` +
        'and restart every process that has the store open',
      { cause },
    );
    this.#options.onNotice(`No change is taken any more: ${this.#broken.message}`);
  }
}

/** What SQLite tells of the log, in pages. */
interface Pages {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}
