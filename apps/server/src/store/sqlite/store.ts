import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Store } from '../../domain/store.ts';
import type { Clock } from '../../domain/time.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import type { AuthenticatorKeys } from '../../domain/verdicts/ports.ts';
import { assertHere } from '../copy/markers.ts';
import { findSessions } from '../operations/accounts/sessions.ts';
import { findApiKey } from '../operations/keys/api-keys.ts';
import { limitBatches } from '../operations/limits/limit-batches.ts';
import { type Executor, operationsStore, probe } from '../operations-store.ts';
import { MAX_WAITING_READS, READ_BUDGET_MS, ReadTurns } from '../scheduling/read-turns.ts';
import { SharedProbe } from '../scheduling/shared-probe.ts';
import { type CheckpointOptions, Checkpoints } from './checkpoints.ts';
import {
  type Connection,
  framesOfLog,
  moveNoLog,
  newestState,
  openReader,
  openWriter,
} from './connection.ts';
import { DurableLog } from './durable-log.ts';
import { FreePages } from './free-pages.ts';
import { BUSY_DEADLINE_MS, GroupCommit } from './group-commit.ts';
import { createJudge, type Judge } from './judge.ts';
import { KeepUp } from './keep-up.ts';
import { LIMIT_ROWS } from './limit-rows.ts';
import { makeTables } from './migrate.ts';
import { makePrivateFile } from './private-file.ts';
import { WalSync } from './wal-sync.ts';
import { watchBatches } from './watch-batches.ts';

export interface SqliteStoreOptions {
  /** The database file; made when missing, with mode 0600. */
  readonly path: string;
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
  /** How long to wait for another process that holds the file's lock, before giving up. */
  readonly busyDeadlineMs?: number;
  /** What makes commits durable; something else than the file's own log only where a disk is simulated. */
  readonly log?: Pick<WalSync, 'sync' | 'rewrite' | 'close'>;
  /** Receives what the operator has to wait for, or to fix. */
  readonly onNotice?: (message: string) => void;
  /** When and how the log is moved into the file; other than `Checkpoints` has it only in tests. */
  readonly checkpoints?: Pick<CheckpointOptions, 'duePages' | 'earlyEveryMs' | 'sync'>;
  /** How often what has ended is deleted, and free pages are given back; other than ten minutes only in tests. */
  readonly keepUpEveryMs?: number;
}

/**
 * The embedded store: one file, one connection that writes through the group commit and one that reads.
 * Other processes may have the same file open; SQLite's lock decides who writes.
 *
 * @throws {MigrationError} when the file has tables of another version that this one cannot work on
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, box, keys, clock, busyDeadlineMs = BUSY_DEADLINE_MS, onNotice = () => {} } = options;
  makePrivateFile(path);
  const writer = await openWriter(path, busyDeadlineMs);
  let reader: Connection;
  let judge: Judge;
  // Only by `Checkpoints`, and not before it is known that the log is on the disk: a power cut half way would leave
  // what is neither old nor new.
  moveNoLog(writer.sqlite);
  try {
    await makeTables(writer, busyDeadlineMs);
    await assertHere(writer.db);
    reader = openReader(path);
    judge = createJudge(writer.sqlite, box, keys, clock);
  } catch (error) {
    writer.sqlite.close();
    throw error;
  }
  const file = options.log ?? new WalSync(`${path}-wal`, onNotice);
  const checkpoints = new Checkpoints({ path, onNotice, ...options.checkpoints });
  const figures = new StoreFigures();
  const watch = watchBatches(judge, figures);
  const log = new DurableLog({
    newest: newestState(reader),
    async sync() {
      checkpoints.assertSound();
      await file.sync();
    },
    async rewrite() {
      checkpoints.assertSound();
      await file.rewrite(framesOfLog(reader));
    },
  });
  const commits = new GroupCommit(writer.sqlite, writer.db, {
    settle: judge.settle,
    forget: judge.forget,
    busyDeadlineMs,
    log,
    afterBatch: () => checkpoints.afterBatch(),
    onEnd: watch.onEnd,
  });
  const limitCalls = limitBatches((work) => commits.run(work, 'limits'), LIMIT_ROWS);
  figures.waiting = () => commits.waiting + limitCalls.waiting();
  const turns = new ReadTurns({ perLane: MAX_WAITING_READS, budgetMs: READ_BUDGET_MS });
  const confirmed = async <T>(query: Promise<T>): Promise<T> => {
    try {
      return await query.finally(() => commits.confirmReads());
    } catch (error) {
      throw error instanceof Fault ? error : storeUnavailable(error);
    }
  };
  const read: Executor['read'] = (query, lane) =>
    confirmed(turns.run(lane, (pause) => query(reader.db, pause)));
  const write: Executor['write'] = (work, lane) => commits.run(work, lane);
  const executor: Executor = {
    read,
    write,
    writeAside: write,
    writeOnce: write,
    bodies: 'event',
  };
  const probes = new SharedProbe(() => probe(executor, clock));
  const keepUp = new KeepUp({ executor, box, clock, figures }, new FreePages({ reader, writer, commits }));
  keepUp.start(options.keepUpEveryMs);

  return {
    figures,

    // Not async: that would be one more promise for each attempt to wait for.
    validate: (attempt) =>
      commits.runWithoutSavepoint<Verdict>(() => watch.judge(attempt), attempt.accountId),

    ...operationsStore(executor, box, keys),
    // Of one row each, and every call waits for them: they take no turns.
    findApiKey: (id) => confirmed(findApiKey(reader.db, id)),
    async findSession(accountPublicId, id, now) {
      const [session = null] = await confirmed(findSessions(reader.db, [{ accountPublicId, id, now }]));
      return session;
    },
    ...limitCalls.operations,

    ping: () => probes.ask(),
    onMoved: (listener) => checkpoints.onMoved(listener),

    async close() {
      probes.forget();
      keepUp.stop();
      await commits.close();
      await checkpoints.end();
      await file.close();
      for (const { sqlite } of [reader, writer]) {
        if (sqlite.isOpen) sqlite.close();
      }
      await checkpoints.closeFile();
    },
  };
}
