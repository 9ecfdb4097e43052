import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Clock } from '../../domain/ports.ts';
import { appendEvent } from '../operations/append-event.ts';
import { readPolicy } from '../read-policy.ts';
import type { StoreFacts } from '../sqlite/examine.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { readFacts } from './examine.ts';
import { migratePostgres } from './migrate.ts';
import { addPartitions } from './partitions.ts';
import type { Session } from './session.ts';
import { begin, commit } from './transaction.ts';

/** All authenticators of a large installation in one transaction. */
const PATIENT_MS = 30 * 60 * 1000;
const MARGIN_MS = 100;

/** A server works on the database. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
}

/**
 * Makes a database that came back from a dump ready to be served: burns every code shown until now, ends all log-ins,
 * and has each account's log say that it was restored; all or nothing. `accept` looks at what the database says and
 * throws to refuse.
 *
 * @returns how many authenticators were raised
 * @throws {DatabaseInUseError} while a server runs
 * @throws {MigrationError} when a newer version wrote it
 */
export async function recordRestore(
  url: string,
  limits: DatabaseLimits,
  accept: (facts: StoreFacts) => void,
  clock: Clock,
): Promise<StoreFacts & { readonly raised: number }> {
  const patient = { ...limits, poolSize: 1, statementTimeoutMs: PATIENT_MS };
  const connections = await Connections.open(parseDatabaseUrl(url), patient);
  try {
    await migratePostgres(connections, limits);
    // Its events must not land where those without a week of their own are kept.
    await addPartitions(connections, clock());
    const session = await connections.acquire();
    try {
      await assertNobodyServes(session);
      await begin(session, patient);
      const facts = await readFacts(session);
      if (facts === null) throw new Error('the tables are gone');
      accept(facts);
      const raised = await raiseWatermarks(session, clock());
      // A log-in that was ended after the dump must not come back.
      await session.exchange([{ text: 'delete from account_session' }]);
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

/**
 * A running server holds the lease for the work behind the logs and renews it. One that was killed does not, nor does
 * the one that stands in a dump that was made beside it: that is waited for.
 */
async function assertNobodyServes(session: Session): Promise<void> {
  const left = (await leaseOf(session))?.leftMs ?? 0;
  if (left > 0) await sleep(left + MARGIN_MS);
  const lease = await leaseOf(session);
  if (lease !== null && lease.leftMs > 0)
    throw new DatabaseInUseError(`a server works on it (${lease.holder})`);
}

async function leaseOf(session: Session): Promise<{ holder: string; leftMs: number } | null> {
  const [answer] = await session.exchange([
    { text: 'select holder, expires_at - (extract(epoch from clock_timestamp()) * 1000)::bigint from lease' },
  ]);
  const [row] = answer?.rows ?? [];
  return row === undefined ? null : { holder: row[0] ?? '', leftMs: Number(row[1]) };
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
