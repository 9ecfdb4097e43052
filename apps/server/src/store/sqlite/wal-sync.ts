import { close, fdatasync, open } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncData = promisify(fdatasync);

/**
 * Makes what SQLite has committed durable, off the main thread. The write-ahead log is one file that only
 * grows or is begun anew, so a sync that starts after a commit covers that commit and all before it.
 */
export class WalSync {
  readonly #path: string;
  #file: number | null = null;

  /** `path` is the write-ahead log's; it exists from the first commit until the last connection closes. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when every commit made before the call is on the disk; rejects when that cannot be said. */
  async sync(): Promise<void> {
    // SQLite locks the database file and its shared memory, never the log: a second descriptor does no harm.
    this.#file ??= await openFile(this.#path, 'r+');
    await syncData(this.#file);
  }

  async close(): Promise<void> {
    if (this.#file !== null) await closeFile(this.#file);
    this.#file = null;
  }
}
