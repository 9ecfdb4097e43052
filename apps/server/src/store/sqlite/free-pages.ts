import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, framesOfLog } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

/** What a slice gives back at most, and how long it may take: the codes of its batch wait for it. */
const SLICE_PAGES = 64;
const SLICE_MS = 1;
/** Of a round, so that it ends before the next: 1 GB in seven minutes. */
const MAX_SLICES = 4_000;
const PAUSE_MS = 100;
/** Free pages that stay for what is written next: as many as a tenth of the file, and at least 1 MiB. */
const KEPT_PART = 10;
const KEPT_PAGES = 256;
/** While the log is longer, as during a backup, which keeps it from being moved, it is not made longer still. */
const MAX_LOG_PAGES = 8_000;
/** What `pragma auto_vacuum` says of a file that gives pages back when it is asked to. */
const INCREMENTAL = 2;

/** What giving back needs of the store. */
export interface FreePagesParts {
  readonly reader: Connection;
  readonly writer: Connection;
  readonly commits: Pick<GroupCommit, 'runWithoutSavepoint'>;
}

/**
 * Gives free pages, such as pruning leaves, back to the file system: some in each batch, with pauses in which others
 * commit. Moving a page writes it and those that refer to it to the log, like any change.
 */
export class FreePages {
  readonly #parts: FreePagesParts;
  #running = false;

  constructor(parts: FreePagesParts) {
    this.#parts = parts;
  }

  /** One round. Returns at once where nothing is to be given back, or another round is under way. */
  async giveBack(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { writer, commits } = this.#parts;
    try {
      for (let slice = 0; slice < MAX_SLICES && this.#isDue(); slice++) {
        await commits.runWithoutSavepoint(() => giveBackSlice(writer.sqlite));
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
    } finally {
      this.#running = false;
    }
  }

  #isDue(): boolean {
    const { reader } = this.#parts;
    return surplusOf(reader.sqlite) > 0 && framesOfLog(reader) < MAX_LOG_PAGES;
  }
}

function giveBackSlice(sqlite: DatabaseSync): void {
  const until = performance.now() + SLICE_MS;
  const most = Math.min(SLICE_PAGES, surplusOf(sqlite));
  // One by one: among many free pages SQLite may have to look long for the one at the end of the file.
  for (let given = 0; given < most && performance.now() < until; given++) {
    sqlite.exec('pragma incremental_vacuum(1)');
  }
}

/** How many free pages there are that can be given back and are not kept for what is written next. */
function surplusOf(sqlite: DatabaseSync): number {
  const { mode, free, pages } = sqlite
    .prepare(
      `select auto_vacuum as mode, freelist_count as free, page_count as pages
       from pragma_auto_vacuum(), pragma_freelist_count(), pragma_page_count()`,
    )
    .get() as { mode: number; free: number; pages: number };
  return mode === INCREMENTAL ? free - Math.max(KEPT_PAGES, Math.ceil(pages / KEPT_PART)) : 0;
}
