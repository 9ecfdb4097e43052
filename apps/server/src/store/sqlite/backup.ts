import { backup, DatabaseSync } from 'node:sqlite';
import {
  asStoreFileError,
  integrityProblems,
  readFacts,
  type StoreFacts,
  StoreFileError,
} from './examine.ts';
import { syncSeen } from './wal-sync.ts';

/** 4 MiB at a time: often enough for a progress line, seldom enough to cost nothing. */
const PAGES_A_STEP = 1_000;

export interface BackupOptions {
  readonly from: string;
  /** An empty file, already made with the mode that the copy is to have. */
  readonly to: string;
  /** Called after each step with the part that is done, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

/**
 * Copies the database as it is at one instant, while others read and write it, and checks the copy from end
 * to end. Needs no key. The copy is a single file, without a write-ahead log beside it.
 *
 * SQLite begins a copy again whenever another process has written between two steps: under steady load it
 * would never end. A read transaction that stays open for the whole copy pins the snapshot. In WAL mode it
 * keeps no writer waiting; only the log cannot be emptied until it ends.
 *
 * @throws {StoreFileError} when the source is no store of Kanda's, or the copy is damaged
 */
export async function backupDatabase(options: BackupOptions): Promise<StoreFacts> {
  try {
    await copyDatabase(options);
    return checkCopy(options.to);
  } catch (error) {
    throw asStoreFileError(error);
  }
}

async function copyDatabase({ from, to, onProgress }: BackupOptions): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    source.exec('pragma busy_timeout = 5000');
    source.exec('begin');
    // A transaction takes its snapshot with its first read; this one also says early what cannot be backed up.
    readFacts(source);
    syncSeen(from);
    await copyPages(source, to, onProgress);
    source.exec('commit');
  } finally {
    source.close();
  }
}

/**
 * As `backupDatabase`, from a connection that keeps all others out.
 *
 * @throws {StoreFileError} likewise
 */
export async function backupHeld(source: DatabaseSync, to: string): Promise<void> {
  try {
    await copyPages(source, to, () => {});
    checkCopy(to);
  } catch (error) {
    throw asStoreFileError(error);
  }
}

function copyPages(
  source: DatabaseSync,
  to: string,
  onProgress: BackupOptions['onProgress'],
): Promise<number> {
  return backup(source, to, {
    rate: PAGES_A_STEP,
    progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / Math.max(totalPages, 1)),
  });
}

function checkCopy(path: string): StoreFacts {
  const copy = new DatabaseSync(path);
  try {
    // The copy says that it has a write-ahead log, as the source does. It must be whole without one.
    copy.exec('pragma journal_mode = delete');
    const problems = integrityProblems(copy);
    if (problems.length > 0) throw new StoreFileError(`it is damaged: ${problems.join('; ')}`);
    return readFacts(copy);
  } finally {
    copy.close();
  }
}
