import { type RawBuilder, sql } from 'kysely';

/** Where the two dialects name the same column type differently. */
export interface ColumnTypes {
  readonly integer: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
  /** A primary key that the store counts up by itself. */
  readonly identity: RawBuilder<unknown>;
  /** What stands behind a table that is read by its primary key alone. */
  readonly clustered: RawBuilder<unknown>;
  readonly plain: RawBuilder<unknown>;
}

export const SQLITE_TYPES: ColumnTypes = {
  integer: sql`integer`,
  bytes: sql`blob`,
  // AUTOINCREMENT: the number of a deleted account is never given to another.
  identity: sql`integer primary key autoincrement`,
  clustered: sql`strict, without rowid`,
  plain: sql`strict`,
};
