import { sql } from 'kysely';
import type { Clock } from '../../domain/ports.ts';
import { appendEvent } from '../operations/append-event.ts';
import { readPolicy } from '../read-policy.ts';
import type { StoreFacts } from '../sqlite/examine.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { readFacts } from './examine.ts';
import { MIGRATION_LOCK, MIGRATION_WITHIN_MS, migrateWithin } from './migrate.ts';
import { assertUnused, DatabaseInUseError, WATCH_MS } from './other-sessions.ts';
import { addPartitionsWithin } from './partitions.ts';
import type { Session } from './session.ts';
import { begin, commit } from './transaction.ts';

/**
 * Makes a database that came back from a dump ready to be served: brings its tables up to this version, burns every
 * code shown until now, ends all log-ins, and has each account's log say that it was restored; all in one
 * transaction. `accept` looks at what the database says and throws to refuse. Servers that start meanwhile wait.
 *
 * @returns how many authenticators were raised
 * @throws {DatabaseInUseError} while a server works on it, or anybody else who could be one; see `assertUnused`
 * @throws {MigrationError} when a newer version wrote it
 */
export async function recordRestore(
  url: string,
  limits: DatabaseLimits,
  accept: (facts: StoreFacts) => void,
  clock: Clock,
  watchMs = WATCH_MS,
): Promise<StoreFacts & { readonly raised: number }> {
  // All authenticators of a large installation, and perhaps its migrations, in one transaction.
  const patient = { ...limits, poolSize: 1, statementTimeoutMs: MIGRATION_WITHIN_MS };
  const connections = await Connections.open(parseDatabaseUrl(url), patient);
  try {
    const session = await connections.acquire();
    try {
      const [locked] = await begin(session, patient, [
        { text: 'select pg_try_advisory_xact_lock($1::bigint)', values: [String(MIGRATION_LOCK)] },
      ]);
      if (locked?.rows[0]?.[0] !== 't') throw new DatabaseInUseError('a server is starting there');
      const facts = await readFacts(session);
      if (facts === null) throw new Error('the tables are gone');
      accept(facts);
      await assertUnused(session, watchMs);
      await migrateWithin(session);
      // Its events must not land where those without a week of their own are kept.
      await addPartitionsWithin(session, clock());
      const raised = await raiseWatermarks(session, clock());
      await session.exchange([
        // A log-in that was ended after the dump must not come back.
        { text: 'delete from account_session' },
        // Whoever held it when the dump was made is gone, perhaps with a clock that was ahead.
        { text: 'update lease set expires_at = 0' },
      ]);
      await tellEachLog(session, clock());
      await commit(session);
      return { ...facts, raised };
    } finally {
      await session.release();
    }
  } finally {
    await connections.close();
  }
}

/** As store/sqlite/raise-watermarks.ts does, where it is said why. */
async function raiseWatermarks({ db }: Session, now: number): Promise<number> {
  const policies = await db.selectFrom('account').select('policy').distinct().execute();
  const seconds = Math.floor(now / 1000);
  let raised = 0;
  for (const { policy } of policies) {
    const { skew } = readPolicy(policy);
    const { numAffectedRows } = await sql`
      update authenticator_state as s set watermark = ${seconds}::bigint / n.period + ${skew}::bigint
      from authenticator n join account a on a.id = n.account_id
      where n.account_id = s.account_id and n.id = s.id and a.policy is not distinct from ${policy}
        and s.watermark < ${seconds}::bigint / n.period + ${skew}::bigint`.execute(db);
    raised += Number(numAffectedRows ?? 0);
  }
  return raised;
}

/** What came after the dump is gone from there, and its numbers are given again: whoever compares reads here why. */
async function tellEachLog({ db }: Session, at: number): Promise<void> {
  const accounts = await db
    .selectFrom('account_head')
    .select('account_id')
    .orderBy('account_id', 'desc')
    .execute();
  for (const { account_id } of accounts) {
    await appendEvent(db, account_id, {
      event: 'store.restored',
      outcome: 'success',
      reason: null,
      clientId: null,
      at,
      origin: { actor: 'cli', ip: null, userAgent: null, requestId: null },
    });
  }
}
