import { type Kysely, sql } from 'kysely';
import { type KeyUse, keyUseDay } from '../../../domain/keys/key-use.ts';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

const PREFIX = 'key:';
const isCode = sql<boolean>`type = ${sql.lit(EVENT_TYPES['totp.validated'])}`;
const keyOf = sql<string>`substr(actor, ${sql.lit(PREFIX.length + 1)})`;
/** Whole numbers divide to whole numbers in both dialects. */
const dayOf = sql<number>`at / ${sql.lit(DAY_MS)}`;

/**
 * Counts what keys did in the events numbered above `from` up to `to`. Called in the transaction that puts these into
 * the log's tree, so each is counted once, and validations write nothing for it.
 */
export async function countKeyUse(db: Db, accountId: number, from: number, to: number): Promise<void> {
  await sql`insert into key_use (account_id, key_id, day, accepted, refused, others)
    select account_id, ${keyOf}, ${dayOf},
      sum(case when ${isCode} and outcome = 1 then 1 else 0 end),
      sum(case when ${isCode} and outcome <> 1 then 1 else 0 end),
      sum(case when ${isCode} then 0 else 1 end)
    from event
    where account_id = ${accountId} and id > ${from} and id <= ${to}
      and substr(actor, 1, ${sql.lit(PREFIX.length)}) = ${sql.lit(PREFIX)}
    group by account_id, ${keyOf}, ${dayOf}
    on conflict (account_id, key_id, day) do update set
      accepted = key_use.accepted + excluded.accepted,
      refused = key_use.refused + excluded.refused,
      others = key_use.others + excluded.others`.execute(db);
}

/** What one key did on the days from `first` on (ms, any time of it), oldest first; days of which nothing is known are left out. */
export async function readKeyUse(
  db: Db,
  accountId: number,
  keyId: string,
  first: number,
): Promise<readonly KeyUse[]> {
  const rows = await db
    .selectFrom('key_use')
    .select(['day', 'accepted', 'refused', 'others'])
    .where('account_id', '=', accountId)
    .where('key_id', '=', keyId)
    .where('day', '>=', keyUseDay(first))
    .orderBy('day')
    .execute();
  return rows.map(({ day, ...counts }) => ({ start: day * DAY_MS, ...counts }));
}
