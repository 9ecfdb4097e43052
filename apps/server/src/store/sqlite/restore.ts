import { CLI_ORIGIN } from '../../domain/log/events.ts';
import type { Clock } from '../../domain/time.ts';
import { noteRestored } from '../operations/installation/seen.ts';
import { endLinksOfBackup } from '../operations/links/link-rows.ts';
import { appendEvent } from '../operations/log/append-event.ts';
import { countRecoveryCodes } from '../operations/recovery-codes/recovery-rows.ts';
import { type Connection, openWriter } from './connection.ts';
import {
  asStoreFileError,
  integrityProblems,
  readFacts,
  type StoreFacts,
  StoreFileError,
} from './examine.ts';
import { migrateSqlite } from './migrate.ts';
import { raiseWatermarks } from './raise-watermarks.ts';

/** No other process knows of the copy. */
const BUSY_DEADLINE_MS = 0;

export interface PrepareOptions {
  /** A copy of the backup under a name of its own; it is changed. */
  readonly path: string;
  /** Looks at what the file says before anything in it is changed; throws to refuse. */
  readonly accept: (facts: StoreFacts) => void;
  readonly clock: Clock;
}

/**
 * Makes a copy of a backup ready to be served: checks it from end to end, brings its tables up to this
 * version, burns every code shown until now, and has each account's log say that it was restored. What is left is a single file without a log beside it.
 *
 * @throws {StoreFileError} when the file is damaged or none of Kanda's
 * @throws {MigrationError} when a newer version wrote it
 */
export async function prepareRestore({
  path,
  accept,
  clock,
}: PrepareOptions): Promise<StoreFacts & { raised: number; recoveryCodes: number }> {
  let copy: Connection | null = null;
  try {
    copy = await openWriter(path, BUSY_DEADLINE_MS);
    const problems = integrityProblems(copy.sqlite);
    if (problems.length > 0) throw new StoreFileError(`it is damaged: ${problems.join('; ')}`);
    const facts = readFacts(copy.sqlite);
    accept(facts);
    await migrateSqlite(copy, BUSY_DEADLINE_MS);
    const raised = raiseWatermarks(copy.sqlite, clock());
    // A log-in that was ended after the backup must not come back.
    copy.sqlite.exec('delete from account_session');
    // An answer tells of what was done before the backup, and that may be undone by now.
    copy.sqlite.exec('delete from idempotent_answer');
    // A token that was replaced after the backup, or a device that was ended, must not be good again.
    copy.sqlite.exec('delete from client_device; update account_head set devices = 0 where devices > 0');
    // A link that was used or cancelled after the backup must not be good again.
    await endLinksOfBackup(copy.db, clock());
    await noteRestored(copy.db, clock());
    await recordRestore(copy, clock());
    const recoveryCodes = await countRecoveryCodes(copy.db);
    copy.sqlite.exec('pragma journal_mode = delete');
    return { ...facts, raised, recoveryCodes };
  } catch (error) {
    throw asStoreFileError(error);
  } finally {
    copy?.sqlite.close();
  }
}

/**
 * One event in each account's log, the installation's too: what came after the backup is gone from there, and
 * its numbers are given again. It explains why the log differs from a checkpoint kept elsewhere.
 */
async function recordRestore({ sqlite, db }: Connection, at: number): Promise<void> {
  const accounts = sqlite
    .prepare('select account_id, clock_offset from account_head order by account_id')
    .all();
  sqlite.exec('begin immediate');
  try {
    for (const { account_id, clock_offset } of accounts) {
      await appendEvent(db, Number(account_id), {
        event: 'store.restored',
        outcome: 'success',
        reason: null,
        clientId: null,
        at: at + Number(clock_offset),
        origin: CLI_ORIGIN,
      });
    }
    sqlite.exec('commit');
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    throw error;
  }
}
