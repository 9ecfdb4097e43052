import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 2;

/**
 * What `run` gives, as soon as no other connection is in its way. SQLite's own wait would stop the event
 * loop, so this one lets other work go on between two attempts. After `deadlineMs` it throws SQLite's error.
 */
export async function whenFree<T>(run: () => T, deadlineMs: number): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await retryDelay();
    }
  }
}

/** The pause between two attempts to take a lock. */
export function retryDelay(): Promise<void> {
  return sleep(RETRY_MS);
}

/** Another connection, of this process or another one, holds the lock that is needed. */
export function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return codeOf(error) === SQLITE_BUSY;
}

/**
 * Whether a commit that ended with this error may be found in the log all the same: one that the disk has failed on, or
 * whose sync has (an error that is not SQLite's). Of a full disk and a broken constraint the log holds nothing.
 */
export function isOpenOutcome(error: unknown): boolean {
  const SQLITE_IOERR = 10;
  return [0, SQLITE_IOERR].includes(codeOf(error));
}

/** The extended codes (a recovery, a snapshot) keep theirs above the lowest byte. */
function codeOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}
