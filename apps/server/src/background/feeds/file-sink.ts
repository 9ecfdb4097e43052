import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FedEvent } from '../../domain/feeds/fed-event.ts';
import { defaultReserve } from '../../domain/limits/disk-space.ts';
import type { EventSink } from './event-sink.ts';

/** A collector of another user may read it, of the group that the operator has given to it. */
const MODE = 0o640;
const NEWLINE = 0x0a;
/** One sync, and few transactions, for what many logs have had in this time. */
const CONFIRM_EVERY_MS = 1_000;
/** Files that were full, beside the one that is written. */
const KEPT = 9;

/**
 * Appends one line of JSON an event, and syncs it before it counts. The path is looked up for each write: when another
 * program has moved the file away, a new one is made, and no signal is needed.
 */
export class FileSink implements EventSink {
  readonly feed = 'file';
  readonly confirmEveryMs = CONFIRM_EVERY_MS;
  readonly name: string;
  readonly #path: string;
  readonly #maxBytes: number | null;
  readonly #reserve: (totalBytes: number) => number;
  #file: FileHandle | null = null;

  /**
   * @param maxBytes at which size another file is begun, nine older ones kept; null: another program sees to that
   * @param reserve how many bytes are to stay free on a disk of so large a size; another than the usual only in tests
   */
  constructor(path: string, maxBytes: number | null, reserve = defaultReserve) {
    this.#path = path;
    this.name = path;
    this.#maxBytes = maxBytes;
    this.#reserve = reserve;
  }

  async send(events: readonly FedEvent[]): Promise<void> {
    await this.#assertRoom();
    const text = events.map((event) => `${lineOf(event)}\n`).join('');
    const file = await this.#current();
    const { size } = await file.stat();
    try {
      await file.appendFile((await endsMidLine(file, size)) ? `\n${text}` : text);
    } catch (error) {
      // Half a line would only be in the way of the next one.
      await file.truncate(size).catch(() => {});
      throw error;
    }
  }

  async confirm(): Promise<void> {
    const file = this.#file;
    if (file === null) throw new Error('there is no file that could be synced');
    await file.datasync();
  }

  async drop(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }

  /** Calls need the disk more: the events wait in the store. */
  async #assertRoom(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(dirname(this.#path));
    const reserve = this.#reserve(blocks * bsize);
    if (bavail * bsize >= reserve) return;
    throw new Error(
      `the disk of ${this.#path} has ${bavail * bsize} bytes left, and ${reserve} are kept free`,
    );
  }

  /** The file at the path. What was written to one that is there no longer is synced first. */
  async #current(): Promise<FileHandle> {
    let there = await stat(this.#path).catch(() => null);
    if (there !== null && this.#maxBytes !== null && there.size >= this.#maxBytes) {
      await this.#rotate();
      there = null;
    }
    const held = await this.#file?.stat();
    if (this.#file !== null && held !== undefined && held.ino === there?.ino && held.dev === there.dev)
      return this.#file;
    if (this.#file !== null) await this.#file.datasync();
    await this.drop();
    this.#file = await open(this.#path, 'a+', MODE);
    await syncFolder(dirname(this.#path));
    return this.#file;
  }

  async #rotate(): Promise<void> {
    await rm(`${this.#path}.${KEPT}`, { force: true });
    for (let number = KEPT - 1; number >= 1; number--)
      await moved(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    await rename(this.#path, `${this.#path}.1`);
  }
}

function lineOf({ messageId, account, isTest, event }: FedEvent): string {
  return JSON.stringify({ messageId, account, test: isTest, ...event });
}

async function endsMidLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

async function moved(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** A file that was made is only there after a power cut when its folder is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
