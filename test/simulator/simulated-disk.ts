/**
 * The disk under an SQLite file, as far as a power cut can tell: which bytes of the write-ahead log have reached it.
 * SQLite itself syncs the log before it copies it into the database file, then that file, then the header of a log
 * that it begins anew; so of the database file nothing is lost, and of a new log never the header.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../support/random.ts';

interface PendingSync {
  readonly owner: object;
  /** Whether all of the log was written anew before, under SQLite's write lock. */
  readonly rewrites: boolean;
  /** When it began, in the order of all looks at the log. */
  readonly look: number;
  /** The log as it was when the sync began: what is written later need not be covered. */
  readonly log: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What marks a failed sync; also found as the cause of the fault that a caller is given. */
export const SYNC_FAILED = 'simulated: the sync failed';
/** The same before a commit, when nothing of it stands. */
export const REWRITE_FAILED = 'simulated: the sync of what was written anew failed';

/** What is kept or lost as one when the power goes. */
const BLOCK = 4096;
const LOG_HEADER = 32;
const NOTHING = Buffer.alloc(0);

/** A new folder, in memory where the system has such a place: nothing in it has to outlive the run. */
export function scratchFolder(): string {
  const inMemory = '/dev/shm';
  let place = tmpdir();
  try {
    accessSync(inMemory, constants.W_OK);
    place = inMemory;
  } catch {
    // Not on this system.
  }
  const folder = mkdtempSync(join(place, 'kanda-simulator-'));
  if (scratch.size === 0) process.off('exit', removeScratch).once('exit', removeScratch);
  scratch.add(folder);
  return folder;
}

/** Removes a folder that {@link scratchFolder} made; at the end of the process they are all gone in any case. */
export function removeScratchFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  scratch.delete(folder);
}

const scratch = new Set<string>();

function removeScratch(): void {
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
}

export class SimulatedDisk {
  readonly #root = scratchFolder();
  readonly #forgetful: boolean;
  #folder = this.#root;
  #boots = 0;
  /** The database file as it was last seen, by which a checkpoint shows. */
  #database: Buffer;
  /** What of the log a power cut cannot take. */
  #durable: Buffer = NOTHING;
  /** Which look at the log that was. */
  #durableLook = 0;
  #looks = 0;
  /** Blocks that a failed sync has dropped, by their place: until they are written anew nothing brings them to the disk. */
  readonly #dropped = new Map<number, Buffer>();
  #pending: PendingSync[] = [];
  /** Who has the log open; the kernel tells each of them once that a sync of it has failed. */
  readonly #open = new Set<object>();
  readonly #toBeTold = new Set<object>();
  /** Processes that have ended: what is left of them here writes nothing any more. */
  readonly #gone = new WeakSet<object>();
  syncsFail = false;

  /**
   * @param database the file that the machine starts with
   * @param forgetful whether the kernel takes the pages of a failed sync for written, as Linux does
   */
  constructor(database: Buffer, forgetful: boolean) {
    this.#database = database;
    this.#forgetful = forgetful;
    this.#boot(NOTHING);
  }

  get path(): string {
    return join(this.#folder, 'kanda.db');
  }

  get pendingSyncs(): number {
    return this.#pending.length;
  }

  get pendingRewrites(): number {
    return this.#pending.filter(({ rewrites }) => rewrites).length;
  }

  /** What a store is given in place of the real log. */
  logOf(owner: object): { sync(): Promise<void>; rewrite(): Promise<void>; close(): Promise<void> } {
    const sync = (rewrites: boolean) =>
      new Promise<void>((resolve, reject) => {
        if (this.#gone.has(owner)) {
          reject(new Error(rewrites ? REWRITE_FAILED : SYNC_FAILED));
          return;
        }
        const log = this.#look();
        this.#open.add(owner);
        // What is written is no longer what the kernel takes for written.
        if (rewrites) this.#dropped.clear();
        this.#pending.push({ owner, rewrites, look: this.#looks, log, resolve, reject });
      });
    return { sync: () => sync(false), rewrite: () => sync(true), close: async () => {} };
  }

  /** Lets those return that hold SQLite's write lock meanwhile. */
  finishRewrites(): void {
    for (;;) {
      const index = this.#pending.findIndex(({ rewrites }) => rewrites);
      if (index === -1) return;
      this.finishSync(index);
    }
  }

  /** Lets one of the pending syncs return. */
  finishSync(index: number): void {
    const [sync] = this.#pending.splice(index, 1);
    if (sync === undefined) return;
    if (!this.syncsFail && !this.#toBeTold.delete(sync.owner)) {
      if (sync.look >= this.#durableLook) this.#keep(this.#reaching(sync.log), sync.look);
      sync.resolve();
      return;
    }
    if (this.syncsFail && this.#forgetful) {
      for (const owner of this.#open) if (owner !== sync.owner) this.#toBeTold.add(owner);
      for (const [place, block] of changedBlocks(this.#durable, sync.log)) this.#dropped.set(place, block);
    }
    sync.reject(new Error(sync.rewrites ? REWRITE_FAILED : SYNC_FAILED));
  }

  /** The process is gone: what it was waiting for never comes. */
  abandon(owner: object): void {
    this.#gone.add(owner);
    const gone = this.#pending.filter((sync) => sync.owner === owner);
    this.#pending = this.#pending.filter((sync) => sync.owner !== owner);
    this.#open.delete(owner);
    this.#toBeTold.delete(owner);
    for (const { rewrites, reject } of gone) reject(new Error(rewrites ? REWRITE_FAILED : SYNC_FAILED));
  }

  /** The machine starts anew with what has reached the disk. Anyone who has the old files open works on nothing. */
  powerCut(luck: number): void {
    const current = this.#reaching(this.#look());
    const random = new Random(luck);
    const odds = random.below(5);
    let log = this.#durable;
    for (const [place, block] of changedBlocks(this.#durable, current)) {
      if (random.below(4) < odds) log = withBlock(log, place, block);
    }
    this.#dropped.clear();
    this.#boot(log);
  }

  /** The machine has this file and no log beside it. No one has the old files open any more. */
  replace(database: Buffer): void {
    this.#database = database;
    this.#dropped.clear();
    this.#boot(NOTHING);
  }

  /** A place for a copy of the database. */
  get copyPath(): string {
    return join(this.#root, 'copy.db');
  }

  remove(): void {
    removeScratchFolder(this.#root);
  }

  #boot(log: Buffer): void {
    this.#folder = join(this.#root, String(this.#boots++));
    mkdirSync(this.#folder);
    writeFileSync(this.path, this.#database);
    if (log.length > 0) writeFileSync(`${this.path}-wal`, log);
    this.#keep(log, ++this.#looks);
  }

  /** The log as it stands, after looking whether SQLite has synced anything itself. */
  #look(): Buffer {
    const look = ++this.#looks;
    const path = `${this.path}-wal`;
    const log = existsSync(path) ? readFileSync(path) : NOTHING;
    const database = readFileSync(this.path);
    if (!database.equals(this.#database)) {
      this.#database = database;
      if (isSameLog(this.#durable, log)) this.#keep(this.#reaching(log), look);
    }
    if (!isSameLog(this.#durable, log)) {
      this.#keep(Buffer.concat([log.subarray(0, LOG_HEADER), this.#durable.subarray(LOG_HEADER)]), look);
    }
    return log;
  }

  #keep(durable: Buffer, look: number): void {
    this.#durable = durable;
    this.#durableLook = look;
  }

  /** What a sync of this content brings to the disk: without the blocks that the kernel takes for written. */
  #reaching(log: Buffer): Buffer {
    let image = log;
    for (const [place, block] of this.#dropped) {
      if (log.subarray(place, place + block.length).equals(block)) {
        image = withBlock(image, place, blockOf(this.#durable, place, block.length));
      } else {
        this.#dropped.delete(place);
      }
    }
    return image;
  }
}

function isSameLog(one: Buffer, other: Buffer): boolean {
  return one.subarray(0, LOG_HEADER).equals(other.subarray(0, LOG_HEADER));
}

function* changedBlocks(from: Buffer, to: Buffer): Generator<[place: number, block: Buffer]> {
  for (let place = 0; place < to.length; place += BLOCK) {
    const block = to.subarray(place, place + BLOCK);
    if (!block.equals(from.subarray(place, place + BLOCK))) yield [place, block];
  }
}

function blockOf(image: Buffer, place: number, length: number): Buffer {
  const block = Buffer.alloc(length);
  image.subarray(place, place + length).copy(block);
  return block;
}

function withBlock(image: Buffer, place: number, block: Buffer): Buffer {
  const changed = Buffer.alloc(Math.max(image.length, place + block.length));
  image.copy(changed);
  block.copy(changed, place);
  return changed;
}
