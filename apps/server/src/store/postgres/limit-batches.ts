import { sql } from 'kysely';
import { type LimitCall, namesChanged } from '../../domain/limits/counting.ts';
import type { LimitState, LimitStore } from '../../domain/limits/ports.ts';
import { type LimitRows, limitOperations, settleLimits, toUses } from '../operations/limits/settle-limits.ts';
import { Gathered } from '../scheduling/coalescer.ts';
import type { Work, WorkOptions } from './group-commit.ts';

/** Calls that share a transaction. */
const MOST_AT_ONCE = 256;

/**
 * Limits are taken by whoever has no bearer yet, and how many of those there are nobody bounds: what they ask for is
 * gathered, one transaction at a time, which takes turns with the changes of accounts. Each address waits in a lane
 * of its own, as its rule comes first.
 */
export function limitBatches(run: <T>(work: Work<T>, options: WorkOptions) => Promise<T>): {
  readonly operations: LimitStore;
  waiting(): number;
} {
  const calls = new Gathered<LimitCall, LimitState | null>(MOST_AT_ONCE, (take) =>
    run((db) => settleLimits(db, take(), LIMIT_ROWS), { lane: 'limits' }),
  );
  return {
    operations: limitOperations((call) => calls.ask(call.rules[0]?.name ?? '', call)),
    waiting: () => calls.waiting,
  };
}

interface Row {
  readonly name: string;
  readonly uses: number;
  readonly reset_at: number;
}

const LIMIT_ROWS: LimitRows = {
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
