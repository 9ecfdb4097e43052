import { type Kysely, sql } from 'kysely';
import { latestReset } from '../../domain/limits.ts';
import type { LimitRule, LimitState, WrappedServerKey } from '../../domain/ports.ts';
import type { Schema } from '../schema.ts';

type Db = Kysely<Schema>;

/** The installation's keys: of two processes that start on an empty store at once, the first one's are kept. */
export async function serverKeys(
  db: Db,
  fresh: readonly WrappedServerKey[],
): Promise<readonly WrappedServerKey[]> {
  if (fresh.length > 0) {
    await db
      .insertInto('server_key')
      .values(fresh.map((key) => ({ name: key.name, master_key_id: key.masterKeyId, wrapped: key.wrapped })))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  }
  const rows = await db.selectFrom('server_key').selectAll().execute();
  return rows.map((row) => ({ name: row.name, masterKeyId: row.master_key_id, wrapped: row.wrapped }));
}

/**
 * Takes one use of each limited resource, or none when any is used up. The answer describes the one that
 * has the least left. Counting comes first and the comparison after it, so that two nodes that ask at the
 * same time cannot both take the last use: the second one's count waits for the first one's commit.
 */
export async function takeLimits(db: Db, rules: readonly LimitRule[], now: number): Promise<LimitState> {
  const taken: { rule: LimitRule; remaining: number; resetAt: number }[] = [];
  for (const rule of inLockOrder(rules)) {
    const resetAt = now + rule.windowMs;
    const isOver = sql<boolean>`(limit_use.reset_at <= ${now} or limit_use.reset_at > ${latestReset(rule.windowMs, now)})`;
    const row = await db
      .insertInto('limit_use')
      .values({ name: rule.name, uses: 1, reset_at: resetAt })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({
          uses: sql<number>`case when ${isOver} then 1 else limit_use.uses + 1 end`,
          reset_at: sql<number>`case when ${isOver} then ${resetAt} else limit_use.reset_at end`,
        }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
    taken.push({ rule, remaining: rule.limit - row.uses, resetAt: row.reset_at });
    // An address that is used up must not go on filling the table with names that it makes up.
    if (row.uses > rule.limit) break;
  }
  const allowed = taken.every((use) => use.remaining >= 0);
  if (!allowed) {
    await returnLimits(
      db,
      taken.map(({ rule }) => rule),
      now,
    );
  }
  const tightest = taken.sort((a, b) => a.remaining - b.remaining || b.resetAt - a.resetAt)[0];
  if (tightest === undefined) throw new RangeError('takeLimits needs at least one rule');
  return { allowed, remaining: Math.max(0, tightest.remaining), resetAt: tightest.resetAt };
}

function inLockOrder(rules: readonly LimitRule[]): LimitRule[] {
  return [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Gives back one use of each resource whose window still runs. */
export async function returnLimits(db: Db, rules: readonly LimitRule[], now: number): Promise<void> {
  for (const rule of inLockOrder(rules)) {
    await db
      .updateTable('limit_use')
      .set({ uses: sql<number>`uses - 1` })
      .where('name', '=', rule.name)
      .where('reset_at', '>', now)
      .where('reset_at', '<=', latestReset(rule.windowMs, now))
      .where('uses', '>', 0)
      .execute();
  }
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
