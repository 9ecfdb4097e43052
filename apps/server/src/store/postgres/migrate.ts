import { POSTGRES_TYPES } from '../migrations/column-types.ts';
import {
  appliedMigrations,
  assertFit,
  type Fitting,
  MIGRATION_NAMES,
  type MigrateOptions,
  MigrationError,
  migrate,
} from '../migrations/index.ts';
import { phaseOf, planOf } from '../migrations/phases.ts';
import { Connections, type DatabaseLimits } from './connections.ts';
import { parseDatabaseUrl } from './database-url.ts';
import { inTheWayOf, SERVERS_LOCK, serversAtWork } from './servers.ts';
import type { Session } from './session.ts';
import { isLockTimeout } from './sql-states.ts';
import { begin, commit } from './transaction.ts';

/** Any number that nothing else in the database locks: Kanda's own. Each server takes it when it starts. */
export const MIGRATION_LOCK = 5_726_301_118;
/** An index over a long log takes a while, and others wait for it. */
export const MIGRATION_WITHIN_MS = 60 * 60 * 1000;
/** Servers go on beside an expanding migration: what waits for a lock keeps their calls waiting behind it. */
const EXPAND_LOCK_WITHIN_MS = 1_000;
const OLDEST_VERSION = 14;

/** Who is in the way of a migration that could not have a lock. */
export const LOCK_HOLDER = 'a session that holds a lock on a table, such as pg_dump';

/**
 * Makes the tables of an empty database, in one transaction. Of several nodes that start at once one does it, under a lock
 * that ends with the transaction, and the others find it done. Tables of another version stay as they are. `onFit` is
 * done in that transaction, too.
 *
 * @throws {MigrationError} with a message for the operator, also when this version cannot work on the tables
 */
export function makeTables(
  connections: Connections,
  limits: DatabaseLimits,
  {
    onFit = async () => {},
    ...fitting
  }: Fitting & { readonly onFit?: (session: Session) => Promise<void> } = {},
): Promise<void> {
  return underMigrationLock(connections, limits, async (session, applied) => {
    if (applied.length === 0) await migrateWithin(session);
    else assertFit(applied, fitting);
    await onFit(session);
  });
}

/** What came of an upgrade. */
export interface Upgrade {
  /** The migrations that were applied. */
  readonly made: readonly string[];
  /** Why nothing was done: servers of earlier versions, which could not go on, are at work. */
  readonly inTheWay: readonly string[];
}

/**
 * Brings tables of an earlier version up to this one, in one transaction under the lock of `makeTables`; those of an
 * empty database are left to what opens it. Refused while a server is at work that could not go on beside.
 *
 * @throws {MigrationError} with a message for the operator
 */
export async function upgradePostgres(
  url: string,
  limits: DatabaseLimits,
  options: MigrateOptions = {},
): Promise<Upgrade> {
  const connections = await Connections.open(parseDatabaseUrl(url), { ...limits, poolSize: 1 });
  try {
    return await underMigrationLock(connections, limits, async (session, applied) => {
      const { pending } = planOf(applied, MIGRATION_NAMES, options);
      if (applied.length === 0 || pending.length === 0) return { made: [], inTheWay: [] };
      if (pending.every((name) => phaseOf(name) === 'expand')) {
        await session.exchange([
          {
            text: "select set_config('lock_timeout', $1, true)",
            values: [String(EXPAND_LOCK_WITHIN_MS)],
          },
        ]);
      } else {
        // From here on no process that was taken for gone says that it is at work, before all is done.
        await session.exchange([
          { text: 'select pg_advisory_xact_lock($1::bigint)', values: [String(SERVERS_LOCK)] },
        ]);
      }
      const inTheWay = inTheWayOf(pending, await serversAtWork(session));
      if (inTheWay.length > 0) return { made: [], inTheWay };
      return { made: await migrateWithin(session, options), inTheWay };
    });
  } catch (error) {
    if (!isLockTimeout((error as Error).cause)) throw error;
    return { made: [], inTheWay: [LOCK_HOLDER] };
  } finally {
    await connections.close();
  }
}

/** Does `work` in one transaction that no other migration is beside, with the names of the migrations that there are. */
async function underMigrationLock<T>(
  connections: Connections,
  limits: DatabaseLimits,
  work: (session: Session, applied: readonly string[]) => Promise<T>,
): Promise<T> {
  const session = await connections.acquire(MIGRATION_WITHIN_MS);
  try {
    const patient = { statementTimeoutMs: MIGRATION_WITHIN_MS, lockTimeoutMs: MIGRATION_WITHIN_MS };
    await begin(session, { ...limits, ...patient }, [
      { text: 'select pg_advisory_xact_lock($1::bigint)', values: [String(MIGRATION_LOCK)] },
    ]);
    const result = await work(session, await appliedMigrations(session.db));
    await commit(session);
    return result;
  } finally {
    await session.release();
  }
}

/** Likewise within a transaction that was begun and holds the lock. */
export async function migrateWithin(session: Session, options: MigrateOptions = {}): Promise<string[]> {
  const [facts] = await session.exchange([
    { text: "select current_setting('server_version_num'), current_setting('server_encoding')" },
  ]);
  assertSuits(facts?.rows[0] ?? []);
  return migrate(session.db, POSTGRES_TYPES, options);
}

function assertSuits([version, encoding]: readonly (string | null)[]): void {
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
