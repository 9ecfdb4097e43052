import { sql } from 'kysely';
import { CLI_ORIGIN } from '../../domain/log/events.ts';
import type { Clock } from '../../domain/time.ts';
import {
  FACTOR_TABLES,
  RAISED_COUNTERS,
  raiseDeletedSecrets,
  raisedWatermark,
} from '../judging/raised-watermark.ts';
import { noteRestored } from '../operations/installation/seen.ts';
import { endLinksOfBackup } from '../operations/links/link-rows.ts';
import { appendEvent } from '../operations/log/append-event.ts';
import { countRecoveryCodes } from '../operations/recovery-codes/recovery-rows.ts';
import type { StoreFacts } from '../sqlite/examine.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { readFacts } from './examine.ts';
import { MIGRATION_LOCK, MIGRATION_WITHIN_MS, migrateWithin } from './migrate.ts';
import { assertNobodyBusy, assertUnused, DatabaseInUseError, WATCH_MS } from './other-sessions.ts';
import { addPartitionsWithin } from './partitions.ts';
import type { Session } from './session.ts';
import { begin, commit } from './transaction.ts';

/** Less than PostgreSQL leaves a transaction idle: a session that holds a lock for so long is reported, and not waited for. */
const LOCK_WITHIN_MS = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes a database that came back from a dump ready to be served: brings its tables up to this version, burns every
 * code shown until now, ends all log-ins, and has each account's log say that it was restored; all in one
 * transaction. `accept` looks at what the database says and throws to refuse. Servers that start meanwhile wait.
 *
 * @returns how many authenticators were raised, and how many recovery codes of clients are unused
 * @throws {DatabaseInUseError} while a server works on it, or anybody else who could be one; see `assertUnused`
 * @throws {MigrationError} when a newer version wrote it
 */
export async function recordRestore(
  url: string,
  limits: DatabaseLimits,
  accept: (facts: StoreFacts) => void,
  clock: Clock,
  watchMs = WATCH_MS,
): Promise<StoreFacts & { readonly raised: number; readonly recoveryCodes: number }> {
  // All authenticators of a large installation, and perhaps its migrations, in one transaction.
  const patient = {
    ...limits,
    poolSize: 1,
    statementTimeoutMs: MIGRATION_WITHIN_MS,
    lockTimeoutMs: LOCK_WITHIN_MS,
  };
  const connections = await Connections.open(parseDatabaseUrl(url), patient);
  try {
    const session = await connections.acquire();
    try {
      const [locked] = await begin(session, patient, [
        { text: 'select pg_try_advisory_xact_lock($1::bigint)', values: [String(MIGRATION_LOCK)] },
      ]);
      if (locked?.rows[0]?.[0] !== 't') throw new DatabaseInUseError('a server is starting there');
      await assertNobodyBusy(session);
      const facts = await readFacts(session);
      if (facts === null) throw new Error('the tables are gone');
      accept(facts);
      await assertUnused(session, watchMs);
      const values = [String(limits.lockTimeoutMs)];
      await session.exchange([{ text: "select set_config('lock_timeout', $1, true)", values }]);
      await migrateWithin(session);
      // Its events must not land where those without a week of their own are kept.
      await addPartitionsWithin(session, clock());
      const raised = await raiseWatermarks(session, clock());
      await session.exchange([
        // A log-in that was ended after the dump must not come back.
        { text: 'delete from account_session' },
        // An answer tells of what was done before the dump, and that may be undone by now.
        { text: 'delete from idempotent_answer' },
        // A token that was replaced after the dump, or a device that was ended, must not be good again.
        { text: 'delete from client_device' },
        { text: 'update account_head set devices = 0 where devices > 0' },
        // The node that held it when the dump was made is gone, perhaps with a clock that was ahead.
        { text: 'update lease set expires_at = 0' },
      ]);
      // A link that was used or cancelled after the dump must not be good again.
      await endLinksOfBackup(session.db, clock());
      await noteRestored(session.db, clock());
      await tellEachLog(session, clock());
      const recoveryCodes = await countRecoveryCodes(session.db);
      await commit(session);
      return { ...facts, raised, recoveryCodes };
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
      throw new DatabaseInUseError('another session holds a lock there', { cause: error });
    } finally {
      await session.release();
    }
  } finally {
    await connections.close();
  }
}

/** As store/sqlite/raise-watermarks.ts does, where it is said why. */
async function raiseWatermarks({ db }: Session, now: number): Promise<number> {
  let raised = 0;
  for (const factors of FACTOR_TABLES) {
    const { table, authenticator } = factors;
    const reach = sql.raw(raisedWatermark(now, 'n.period', factors));
    const isOf = sql.raw(`n.account_id = s.account_id and n.id = ${authenticator}`);
    const steps = await sql`
      update ${sql.table(table)} as s set watermark = ${reach}
      from authenticator n
      where ${isOf} and n.period > 0 and s.watermark < ${reach}`.execute(db);
    const counters = await sql`
      update ${sql.table(table)} as s set watermark = s.watermark + ${sql.lit(RAISED_COUNTERS)} from authenticator n
      where ${isOf} and n.period = 0`.execute(db);
    raised += Number(steps.numAffectedRows ?? 0) + Number(counters.numAffectedRows ?? 0);
  }
  for (const statement of raiseDeletedSecrets(now, "'\\x00'::bytea")) {
    await sql.raw(statement).execute(db);
  }
  return raised;
}

/** What came after the dump is gone from there, and its numbers are given again: this tells a reader why. */
async function tellEachLog({ db }: Session, at: number): Promise<void> {
  const accounts = await db
    .selectFrom('account_head')
    .select(['account_id', 'clock_offset'])
    .orderBy('account_id', 'desc')
    .execute();
  for (const { account_id, clock_offset } of accounts) {
    await appendEvent(db, account_id, {
      event: 'store.restored',
      outcome: 'success',
      reason: null,
      clientId: null,
      at: at + clock_offset,
      origin: CLI_ORIGIN,
    });
  }
}
