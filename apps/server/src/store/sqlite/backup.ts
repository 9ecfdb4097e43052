import { renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import {
  asStoreFileError,
  integrityProblems,
  readFacts,
  type StoreFacts,
  StoreFileError,
} from './examine.ts';
import { makeNewFile } from './private-file.ts';
import { syncSeen } from './wal-sync.ts';

/** 4 MiB at a time: often enough for a progress line, seldom enough to cost nothing. */
const PAGES_A_STEP = 1_000;
/** What the name of a copy in the making ends with that is written anew. */
const COMPACT = '-compact';

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
    leaveOutFreePages(options.to);
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

/**
 * Writes the copy anew where a tenth of its pages or more are free: a log that was pruned leaves them, and they would be
 * copied, kept and sent away each night. Where that fails, for want of room for instance, it stays as it is.
 */
function leaveOutFreePages(path: string): void {
  const compact = `${path}${COMPACT}`;
  const copy = new DatabaseSync(path);
  try {
    copy.exec('pragma journal_mode = delete');
    const { free, pages } = copy
      .prepare(
        'select freelist_count as free, page_count as pages from pragma_freelist_count(), pragma_page_count()',
      )
      .get() as { free: number; pages: number };
    if (free * 10 < pages || !hasRoomFor(copy, pages - free, dirname(path))) return;
    makeNewFile(compact);
    // A store that an earlier version made cannot shrink; what is restored from this copy can.
    copy.exec('pragma auto_vacuum = incremental');
    copy.exec(`vacuum into '${compact.replaceAll("'", "''")}'`);
  } catch {
    // A file that is damaged is found by the check of what is there.
    rmSync(compact, { force: true });
    return;
  } finally {
    copy.close();
  }
  renameSync(compact, path);
}

/** Twice as much: the server may keep its store on the same disk, and must not find it full. */
function hasRoomFor(copy: DatabaseSync, pages: number, folder: string): boolean {
  const { size } = copy.prepare('select page_size as size from pragma_page_size()').get() as { size: number };
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= 2 * pages * size;
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
