import { type Kysely, sql } from 'kysely';
import { FACTOR_TABLES, isAheadOfClock } from '../../judging/raised-watermark.ts';
import type { Schema } from '../../schema.ts';

/** Few enough that a stride holds up nothing. */
const ROWS_PER_STRIDE = 2_000;

/**
 * How many authenticators refuse every code at `now` (ms), since this server's clock was ahead when a code was accepted
 * or a backup restored (`clockAheadUntil`). Looks at all of them, in strides; `pause` lets other work in between.
 */
export async function countClocksAhead(
  db: Kysely<Schema>,
  now: number,
  pause: () => Promise<void>,
  tables = FACTOR_TABLES,
): Promise<number> {
  let count = 0;
  for (const factors of tables) {
    const { table, client, authenticator } = factors;
    const isAhead = sql.raw(`case when ${isAheadOfClock(now, factors)} then 1 else 0 end`);
    const key = sql.raw(`s.account_id, ${client}, s.id`);
    let last = { account_id: -1, client: -1, id: -1 };
    for (;;) {
      const { rows } = await sql<{ account_id: number; client: number; id: number; ahead: number }>`
        select s.account_id, ${sql.raw(client)} as client, s.id, ${isAhead} as ahead
        from ${sql.table(table)} s
        join authenticator n on n.account_id = s.account_id and n.id = ${sql.raw(authenticator)}
        where (${key}) > (${sql.lit(last.account_id)}, ${sql.lit(last.client)}, ${sql.lit(last.id)})
        order by ${key} limit ${sql.lit(ROWS_PER_STRIDE)}`.execute(db);
      count += rows.filter(({ ahead }) => Number(ahead) === 1).length;
      const end = rows.at(-1);
      if (end === undefined || rows.length < ROWS_PER_STRIDE) break;
      last = { account_id: Number(end.account_id), client: Number(end.client), id: Number(end.id) };
      await pause();
    }
  }
  return count;
}
