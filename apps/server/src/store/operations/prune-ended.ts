import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from '../schema.ts';

type Db = Kysely<Schema>;

/** Few enough that one transaction holds up nothing. */
export const PRUNED_AT_ONCE = 1_000;

/** A table whose rows each have an end, in the time of their account, and are no longer needed after it. */
export interface EndingRows {
  readonly table: keyof Schema;
  /** The rest of its primary key, which begins with `account_id`. */
  readonly key: readonly string[];
  /** The column with the end in ms since the epoch, which has an index; null in it: the row has no end. */
  readonly end: string;
}

type Key = Readonly<Record<string, unknown>>;

/**
 * Deletes rows that have ended, at most {@link PRUNED_AT_ONCE} in one call; first those that the server's clock has
 * passed, then those of test halves whose clocks are ahead of it. They are chosen by their keys, so that no statement
 * deletes more than one.
 *
 * @param now ms, by the server's clock
 * @returns true when there may be more of them
 */
export async function pruneEnded(db: Db, rows: EndingRows, now: number): Promise<boolean> {
  const table = sql.table(rows.table);
  const end = sql.ref(rows.end);
  const key = ['account_id', ...rows.key];
  const { rows: passed } = await sql<Key>`
    select ${sql.join(key.map((column) => sql.ref(column)))} from ${table} where ${end} <= ${now}
    order by ${end} limit ${PRUNED_AT_ONCE}`.execute(db);
  for (const row of passed) await deleteRow(db, table, key, row, sql`${end} <= ${now}`);
  const left = PRUNED_AT_ONCE - passed.length;
  if (left === 0) return true;
  // Written so that SQLite begins with the few accounts whose clocks are ahead.
  const { rows: ahead } = await sql<Key>`
    select ${sql.join(key.map((column) => sql.ref(`ended.${column}`)))}
    from account_head ahead cross join ${table} as ended
    where ahead.clock_offset > 0 and ended.account_id = ahead.account_id
      and ${sql.ref(`ended.${rows.end}`)} <= ${now} + ahead.clock_offset
    limit ${left}`.execute(db);
  const isOver = sql`${end} <= ${now} + (select head.clock_offset from account_head head
    where head.account_id = ${table}.account_id)`;
  for (const row of ahead) await deleteRow(db, table, key, row, isOver);
  return ahead.length === left;
}

/** Deletes one row by its key. It may have been written again since it was chosen: `isOver` is looked at once more. */
async function deleteRow(
  db: Db,
  table: RawBuilder<unknown>,
  key: readonly string[],
  row: Key,
  isOver: RawBuilder<unknown>,
): Promise<void> {
  const isIt = key.map((column) => sql`${sql.ref(column)} = ${row[column]}`);
  await sql`delete from ${table} where ${sql.join(isIt, sql` and `)} and ${isOver}`.execute(db);
}
