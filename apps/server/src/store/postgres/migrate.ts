import { POSTGRES_TYPES } from '../migrations/column-types.ts';
import { MigrationError, migrate } from '../migrations/index.ts';
import type { Connections, DatabaseLimits } from './connections.ts';
import type { Session } from './session.ts';
import { begin, commit } from './transaction.ts';

/** Any number that nothing else in the database locks: Kanda's own. Each server takes it when it starts. */
export const MIGRATION_LOCK = 5_726_301_118;
/** An index over a long log takes a while, and others wait for it. */
export const MIGRATION_WITHIN_MS = 60 * 60 * 1000;
const OLDEST_VERSION = 14;

/**
 * Brings the tables up to this version, in one transaction. Of several nodes that start at once one does it,
 * under a lock that ends with the transaction, and the others find it done.
 *
 * @returns the names of the migrations that were applied
 * @throws {MigrationError} with a message for the operator
 */
export async function migratePostgres(connections: Connections, limits: DatabaseLimits): Promise<string[]> {
  const session = await connections.acquire(MIGRATION_WITHIN_MS);
  try {
    const patient = { statementTimeoutMs: MIGRATION_WITHIN_MS, lockTimeoutMs: MIGRATION_WITHIN_MS };
    await begin(session, { ...limits, ...patient }, [
      { text: 'select pg_advisory_xact_lock($1::bigint)', values: [String(MIGRATION_LOCK)] },
    ]);
    const applied = await migrateWithin(session);
    await commit(session);
    return applied;
  } finally {
    await session.release();
  }
}

/** Likewise within a transaction that was begun and holds the lock. */
export async function migrateWithin(session: Session): Promise<string[]> {
  const [facts] = await session.exchange([
    { text: "select current_setting('server_version_num'), current_setting('server_encoding')" },
  ]);
  assertFit(facts?.rows[0] ?? []);
  return migrate(session.db, POSTGRES_TYPES);
}

function assertFit([version, encoding]: readonly (string | null)[]): void {
  if (Number(version) < OLDEST_VERSION * 10_000) {
    const found = Math.floor(Number(version) / 10_000);
    throw new MigrationError(`PostgreSQL ${found} is too old: ${OLDEST_VERSION} or later is needed.`);
  }
  if (encoding !== 'UTF8') {
    throw new MigrationError(
      `The database's encoding is ${encoding}, and Kanda needs UTF8: create database kanda encoding 'UTF8' template template0`,
    );
  }
}
