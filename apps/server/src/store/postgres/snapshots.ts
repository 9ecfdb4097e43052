import type { DatabaseFigures } from '../../domain/observation/store-figures.ts';
import type { Session } from './session.ts';

/**
 * Who keeps old versions of rows from being cleaned up: transactions of this database, of a standby that reports its
 * own, or prepared ones. Of sessions of other users PostgreSQL tells only members of `pg_read_all_stats`; the rows that
 * every batch rewrites, and that pile up then, are reported to all.
 */
const LOOK = `select
  greatest(
    (select max(extract(epoch from clock_timestamp() - xact_start)) from pg_stat_activity
      where backend_xmin is not null and pid <> pg_backend_pid() and (datname = current_database() or datname is null)),
    (select max(extract(epoch from clock_timestamp() - prepared)) from pg_prepared_xacts
      where database = current_database()), 0)::bigint,
  (select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables where relname in ('account_head', 'activity'))::bigint,
  pg_database_size(current_database())`;

/** How old the oldest snapshot is, how many dead rows lie in the tables that every batch rewrites, and how large all is. */
export async function readSnapshots(session: Session): Promise<DatabaseFigures> {
  const [answer] = await session.exchange([{ text: LOOK }]);
  const [oldest, dead, size] = answer?.rows[0] ?? [];
  return {
    oldestSnapshotSeconds: Number(oldest ?? 0),
    deadRows: Number(dead ?? 0),
    sizeBytes: Number(size ?? 0),
  };
}
