import { sql } from 'kysely';
import { type LimitRows, toUses } from '../operations/limits/settle-limits.ts';

/** Limits in SQLite. Who writes holds the lock of the whole file, so what was read cannot change before the commit. */
export const LIMIT_ROWS: LimitRows = {
  async read(db, names) {
    const rows = await db
      .selectFrom('limit_use')
      .select(['name', 'uses', 'reset_at'])
      .where('name', 'in', names)
      .execute();
    return toUses(rows);
  },

  async lock(_db, _calls, known) {
    return known;
  },

  async write(db, changed) {
    if (changed.length === 0) return;
    await db
      .insertInto('limit_use')
      .values(changed.map(([name, { uses, resetAt }]) => ({ name, uses, reset_at: resetAt })))
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({
          uses: sql<number>`excluded.uses`,
          reset_at: sql<number>`excluded.reset_at`,
        }),
      )
      .execute();
  },
};
