import { type Kysely, type Selectable, sql } from 'kysely';
import type { WrappedServerKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema, ServerKeyTable } from '../../schema.ts';

type Db = Kysely<Schema>;

/** The installation's keys: of two processes that start on an empty store at once, the first one's are kept. */
export async function serverKeys(
  db: Db,
  fresh: readonly WrappedServerKey[],
): Promise<readonly WrappedServerKey[]> {
  if (fresh.length > 0) {
    await db
      .insertInto('server_key')
      .values(fresh.map(toServerKeyRow))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  }
  const rows = await db.selectFrom('server_key').selectAll().execute();
  return rows.map(toServerKey);
}

export function toServerKey(row: Selectable<ServerKeyTable>): WrappedServerKey {
  const { name, master_key_id: masterKeyId, wrapped, signs_from: signsFrom } = row;
  return { name, masterKeyId, wrapped, ...(signsFrom === null ? {} : { signsFrom }) };
}

export function toServerKeyRow(key: WrappedServerKey): Selectable<ServerKeyTable> {
  const { name, masterKeyId, wrapped, signsFrom = null } = key;
  return { name, master_key_id: masterKeyId, wrapped, signs_from: signsFrom };
}

/**
 * Writes something, which shows that the store takes writes. It has to be another value each time: SQLite
 * does not write a row that is as it was, and then a full disk would pass for a good one.
 */
export async function writeProbe(db: Db): Promise<void> {
  await db
    .insertInto('limit_use')
    .values({ name: 'probe', uses: 0, reset_at: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ uses: sql<number>`1 - limit_use.uses` }))
    .execute();
}

/** How many ended windows one transaction drops: a flood of addresses must not hold up what comes after it. */
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Drops windows that have ended; they would otherwise stay for ever, one for each address seen. True when
 * there may be more of them.
 */
export async function forgetEndedLimits(db: Db, now: number): Promise<boolean> {
  const ended = db
    .selectFrom('limit_use')
    .select('name')
    .where('reset_at', '<=', now)
    .orderBy('reset_at')
    .limit(FORGOTTEN_AT_ONCE);
  const { numDeletedRows } = await db
    .deleteFrom('limit_use')
    .where('name', 'in', ended)
    // Once more: one that was waited for may have begun a new window.
    .where('reset_at', '<=', now)
    .executeTakeFirst();
  return numDeletedRows >= FORGOTTEN_AT_ONCE;
}
