import { openWriter } from './connection.ts';
import { integrityProblems, readFacts, type StoreFacts, StoreFileError } from './examine.ts';
import { migrateSqlite } from './migrate.ts';
import { raiseWatermarks } from './raise-watermarks.ts';

/** Nobody else knows of the copy. */
const BUSY_DEADLINE_MS = 0;

export interface PrepareOptions {
  /** A copy of the backup under a name of its own; it is changed. */
  readonly path: string;
  /** Looks at what the file says before anything in it is changed; throws to refuse. */
  readonly accept: (facts: StoreFacts) => void;
  /** ms since the epoch: no code that was shown up to now will be accepted. */
  readonly now: number;
}

/**
 * Makes a copy of a backup ready to be served: checks it from end to end, brings its tables up to this
 * version, and burns every code shown until now. What is left is a single file without a log beside it.
 *
 * @throws {StoreFileError} when the file is damaged or none of Kanda's
 * @throws {MigrationError} when a newer version wrote it
 */
export async function prepareRestore({
  path,
  accept,
  now,
}: PrepareOptions): Promise<StoreFacts & { raised: number }> {
  const copy = await openWriter(path, BUSY_DEADLINE_MS);
  const { sqlite } = copy;
  try {
    const problems = integrityProblems(sqlite);
    if (problems.length > 0) throw new StoreFileError(`it is damaged: ${problems.join('; ')}`);
    const facts = readFacts(sqlite);
    accept(facts);
    await migrateSqlite(copy, BUSY_DEADLINE_MS);
    const raised = raiseWatermarks(sqlite, now);
    sqlite.exec('pragma journal_mode = delete');
    return { ...facts, raised };
  } finally {
    sqlite.close();
  }
}
