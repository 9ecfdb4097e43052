import { type Kysely, sql } from 'kysely';
import { POLICY_BOUNDS } from '../../../domain/verdicts/policy.ts';
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
): Promise<number> {
  const seconds = Math.floor(now / 1000);
  let last = { account_id: -1, id: -1 };
  let count = 0;
  for (;;) {
    const { rows } = await sql<{ account_id: number; id: number; ahead: number }>`
      select s.account_id, s.id,
        case when s.watermark > ${sql.lit(seconds)} / n.period + ${sql.lit(POLICY_BOUNDS.skew.most)} then 1 else 0 end as ahead
      from authenticator_state s join authenticator n on n.account_id = s.account_id and n.id = s.id
      where (s.account_id, s.id) > (${sql.lit(last.account_id)}, ${sql.lit(last.id)})
      order by s.account_id, s.id limit ${sql.lit(ROWS_PER_STRIDE)}`.execute(db);
    count += rows.filter(({ ahead }) => Number(ahead) === 1).length;
    const end = rows.at(-1);
    if (end === undefined || rows.length < ROWS_PER_STRIDE) return count;
    last = { account_id: Number(end.account_id), id: Number(end.id) };
    await pause();
  }
}
