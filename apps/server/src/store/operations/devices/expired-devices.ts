import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../schema.ts';
import { PRUNED_AT_ONCE } from '../prune-ended.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { addToHead } from './device-rows.ts';

type Db = Kysely<Schema>;

/** Few enough that one look holds up nothing. */
const DEVICES_AT_ONCE = 50;

/** Accounts whose clients have devices that are over at `now` (ms, by the server's clock); a few at a time. */
export async function accountsWithExpiredDevices(db: Db, now: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('client_device')
    .select('account_id')
    .where('expires_at', '<=', now)
    .limit(DEVICES_AT_ONCE)
    .execute();
  // Written so that SQLite begins with the few accounts whose clocks are ahead.
  const { rows: ahead } = await sql<{ account_id: number }>`
    select device.account_id from account_head ahead cross join client_device device
    where ahead.clock_offset > 0 and device.account_id = ahead.account_id
      and device.expires_at <= ${now} + ahead.clock_offset
    limit ${DEVICES_AT_ONCE}`.execute(db);
  return [...new Set([...rows, ...ahead].map((row) => Number(row.account_id)))];
}

/** Drops devices of an account that are over, some at once, which only frees space. */
export async function dropExpiredDevices(db: Db, accountId: number, now: number): Promise<void> {
  const { at } = await inTimeOf(db, accountId, { at: now, offsetMs: 0 });
  const over = await db
    .selectFrom('client_device')
    .select(['client', 'id'])
    .where('account_id', '=', accountId)
    .where('expires_at', '<=', at)
    .limit(PRUNED_AT_ONCE)
    .execute();
  for (const { client, id } of over) {
    await db
      .deleteFrom('client_device')
      .where('account_id', '=', accountId)
      .where('client', '=', client)
      .where('id', '=', id)
      .execute();
  }
  await addToHead(db, accountId, -over.length);
}
