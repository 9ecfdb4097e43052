import type { Kysely } from 'kysely';
import type { Schema } from '../../schema.ts';

/** No account has it. */
const NO_ACCOUNT = -1;

/**
 * Asks of each table what a validation asks of it, for an account that does not exist: nothing is changed, but a table
 * that is locked, gone, or closed to this user shows. `now` (ms) picks the log's present partition on PostgreSQL.
 */
export async function touchHotTables(db: Kysely<Schema>, now: number): Promise<void> {
  const none = { account_id: NO_ACCOUNT };
  await db.updateTable('account_head').set({ last_event: 0 }).where('account_id', '=', NO_ACCOUNT).execute();
  await db
    .selectFrom('client as c')
    .innerJoin('authenticator_state as s', (join) =>
      join.onRef('s.account_id', '=', 'c.account_id').onRef('s.id', '=', 'c.id'),
    )
    .innerJoin('authenticator as n', (join) =>
      join
        .onRef('n.account_id', '=', 's.account_id')
        .on((on) => on('n.id', '=', on.fn.coalesce('s.authenticator', 's.id'))),
    )
    .innerJoin('account as a', 'a.id', 'c.account_id')
    .where('c.account_id', '=', NO_ACCOUNT)
    .select('s.watermark')
    .execute();
  await db.updateTable('authenticator_state').set(none).where('account_id', '=', NO_ACCOUNT).execute();
  await db.updateTable('activity').set(none).where('account_id', '=', NO_ACCOUNT).execute();
  await db.updateTable('event_tail').set(none).where('account_id', '=', NO_ACCOUNT).execute();
  await db
    .deleteFrom('event')
    .where('account_id', '=', NO_ACCOUNT)
    .where('id', '=', 0)
    .where('at', '=', now)
    .execute();
}
