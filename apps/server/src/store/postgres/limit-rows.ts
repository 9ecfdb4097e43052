import { sql } from 'kysely';
import { namesChanged } from '../../domain/limits/counting.ts';
import { type LimitRows, toUses } from '../operations/limits/settle-limits.ts';

interface Row {
  readonly name: string;
  readonly uses: number;
  readonly reset_at: number;
}

/** Limits in PostgreSQL: other nodes count them at the same time. */
export const LIMIT_ROWS: LimitRows = {
  async read(db, names) {
    const { rows } = await sql<Row>`
      select name, uses, reset_at from limit_use where name = any(${names}::text[])`.execute(db);
    return toUses(rows);
  },

  /** They are made where they are not there. */
  async lock(db, calls) {
    const ends = new Map<string, number>();
    for (const { rules, now, kind } of calls) {
      // What is given back of a window that is gone meanwhile begins no new one.
      if (kind !== 'take') continue;
      for (const { name, windowMs } of rules) ends.set(name, ends.get(name) ?? now + windowMs);
    }
    const names = namesChanged(calls);
    const { rows } = await sql<Row>`
      insert into limit_use (name, uses, reset_at)
      select name, 0, reset_at
      from unnest(${names}::text[], ${names.map((name) => ends.get(name) ?? 0)}::bigint[])
        with ordinality as asked (name, reset_at, place)
      order by place
      on conflict (name) do update set uses = limit_use.uses
      returning name, uses, reset_at`.execute(db);
    return toUses(rows);
  },

  async write(db, changed) {
    if (changed.length === 0) return;
    await sql`
      update limit_use set uses = counted.uses, reset_at = counted.reset_at
      from unnest(
        ${changed.map(([name]) => name)}::text[],
        ${changed.map(([, { uses }]) => uses)}::bigint[],
        ${changed.map(([, { resetAt }]) => resetAt)}::bigint[]
      ) as counted (name, uses, reset_at)
      where limit_use.name = counted.name`.execute(db);
  },
};
