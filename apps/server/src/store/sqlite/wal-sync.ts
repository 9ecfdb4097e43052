import { close, closeSync, fdatasync, fdatasyncSync, open, openSync, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { FRAMES_A_PIECE, LOG_HEADER_BYTES, LogFrames } from './log-frames.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncData = promisify(fdatasync);
const readAt = promisify(read);
const writeAt = promisify(write);

/** A rewrite that takes longer than this is worth a notice to those who wait for it. */
const NOTICE_AFTER_MS = 1_000;

/**
 * Makes what SQLite has committed durable, off the main thread. The write-ahead log is one file that only
 * grows or is begun anew, so a sync that starts after a commit covers that commit and all before it.
 */
export class WalSync {
  readonly #path: string;
  readonly #onNotice: (message: string) => void;
  #file: number | null = null;

  /**
   * @param path the write-ahead log's; it exists from the first commit until the last connection closes
   * @param onNotice receives a notice when the operator has to wait
   */
  constructor(path: string, onNotice: (message: string) => void = () => {}) {
    this.#path = path;
    this.#onNotice = onNotice;
  }

  /** Resolves when every commit made before the call is on the disk; rejects when that cannot be said. */
  async sync(): Promise<void> {
    await syncData(await this.#open());
  }

  /**
   * Writes what the log holds into its own place once more and syncs it. After a sync that failed, in this
   * process or in one that has ended since, the kernel may take for written what never reached the disk, and
   * no further sync would tell; bytes that were just written it has to bring there.
   *
   * The caller holds SQLite's write lock, so that no other process appends to the log or begins it anew.
   *
   * @param frames how many frames SQLite knows of
   * @throws when the log no longer holds as many
   */
  async rewrite(frames: number): Promise<void> {
    const file = await this.#open();
    const begun = performance.now();
    let told = false;
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    const { bytesRead } = await readAt(file, header, 0, LOG_HEADER_BYTES, 0);
    const log = LogFrames.of(header.subarray(0, bytesRead));
    if (log !== null) {
      await writeWhole(file, header, 0);
      const piece = Buffer.alloc(log.frameBytes * FRAMES_A_PIECE);
      for (let place = LOG_HEADER_BYTES; ; ) {
        const { bytesRead: length } = await readAt(file, piece, 0, piece.length, place);
        const whole = log.follow(piece.subarray(0, length));
        await writeWhole(file, piece.subarray(0, whole), place);
        place += whole;
        if (whole < piece.length) break;
        if (!told && performance.now() - begun > NOTICE_AFTER_MS) {
          told = true;
          this.#onNotice(
            'The write-ahead log is large: it is written to the disk once more before anybody is served',
          );
        }
      }
    }
    const found = log?.frames ?? 0;
    if (found < frames) {
      throw new Error(
        `the write-ahead log has lost ${frames - found} of ${frames} frames to a failed write: ` +
          'check the disk, and restart every process that has the store open',
      );
    }
    await syncData(file);
  }

  async close(): Promise<void> {
    if (this.#file !== null) await closeFile(this.#file);
    this.#file = null;
  }

  /** SQLite locks the database file and its shared memory, never the log: a second descriptor does no harm. */
  async #open(): Promise<number> {
    this.#file ??= await openFile(this.#path, 'r+');
    return this.#file;
  }
}

/**
 * Brings to the disk what a snapshot of the database shows: a server may have committed it and not synced it yet, and a
 * power cut would take it back. For a command that reads beside a server; called after the first read of its snapshot.
 *
 * @param database the path of the database file
 * @throws when it cannot be brought there: then nothing of what was read may be shown
 */
export function syncSeen(database: string): void {
  let file: number;
  try {
    file = openSync(`${database}-wal`, 'r');
  } catch (error) {
    // Without a log everything is in the database file, and was synced there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    fdatasyncSync(file);
  } catch (cause) {
    throw new Error(
      `what was committed last cannot be brought to the disk (${(cause as Error).message}), so a power cut may take it back`,
      { cause },
    );
  } finally {
    closeSync(file);
  }
}

async function writeWhole(file: number, bytes: Buffer, place: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeAt(file, bytes, done, bytes.length - done, place + done);
    done += bytesWritten;
  }
}
