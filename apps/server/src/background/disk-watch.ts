import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiskSpace, defaultReserve } from '../domain/limits/disk-space.ts';
import { backupEveryMs, lastBackupAt } from './last-backup.ts';

/** Between two looks. At 50 MB a second, more than Kanda writes, this is a tenth of the usual reserve. */
const EVERY_MS = 2_000;
/** How often the operator is reminded while the disk is almost full. */
const REMIND_EVERY_MS = 10 * 60 * 1000;

export interface DiskLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Knows how much room the store's disk has. */
export class DiskWatch implements DiskSpace {
  freeBytes: number | null = null;
  reserveBytes: number | null = null;
  /** The SQLite store with its write-ahead log. */
  storeBytes: number | null = null;
  /** When `kanda backup` last succeeded, ms since the epoch; 0: never, as far as is known. */
  lastBackupAt: number | null = null;
  backupEveryMs: number | null = null;
  readonly #folder: string | null;
  readonly #reserveBytes: number | null;
  #timer: NodeJS.Timeout | undefined;
  #remindedAt: number | null = null;

  /**
   * @param folder on the disk; null: the store is elsewhere, and its disk is for its own operator to watch
   * @param reserveBytes what is to stay free; null: `defaultReserve`
   */
  constructor(folder: string | null, reserveBytes: number | null) {
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
  }

  get isLow(): boolean {
    return this.freeBytes !== null && this.reserveBytes !== null && this.freeBytes < this.reserveBytes;
  }

  /** Reads the disk once. What cannot be read is not known, and refuses nothing. */
  async look(): Promise<void> {
    if (this.#folder === null) return;
    try {
      const { bavail, blocks, bsize } = await statfs(this.#folder);
      this.freeBytes = bavail * bsize;
      this.reserveBytes = this.#reserveBytes ?? defaultReserve(blocks * bsize);
      this.storeBytes = sizeOf(join(this.#folder, 'kanda.db')) + sizeOf(join(this.#folder, 'kanda.db-wal'));
      this.lastBackupAt = lastBackupAt(this.#folder) ?? 0;
      this.backupEveryMs = backupEveryMs(this.#folder);
    } catch {
      this.freeBytes = null;
      this.reserveBytes = null;
      this.storeBytes = null;
      this.lastBackupAt = null;
      this.backupEveryMs = null;
    }
  }

  /** Looks again and again, and writes to `log` when the disk becomes almost full, is so still, or has room again. */
  start(log: DiskLog): void {
    if (this.#folder === null) return;
    this.#report(log);
    this.#timer = setInterval(async () => {
      await this.look();
      this.#report(log);
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #report(log: DiskLog): void {
    const { freeBytes, reserveBytes } = this;
    if (!this.isLow) {
      if (this.#remindedAt !== null) log.info({ freeBytes, reserveBytes }, 'The disk has room again');
      this.#remindedAt = null;
      return;
    }
    const now = performance.now();
    if (this.#remindedAt !== null && now - this.#remindedAt < REMIND_EVERY_MS) return;
    this.#remindedAt = now;
    log.error(
      { freeBytes, reserveBytes },
      'The disk is almost full: sign-ups, enrolments and new API keys are refused, and codes are still checked. Make room, or set KANDA_LOG_RETENTION',
    );
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
