import type { Kysely } from 'kysely';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { addToHead } from './device-rows.ts';

type Db = Kysely<Schema>;

/** Few enough that one look holds up nothing. */
const DEVICES_AT_ONCE = 50;

/** Accounts whose clients have devices that are over at `now` (ms); a few at a time. */
export async function accountsWithExpiredDevices(db: Db, now: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('client_device')
    .select('account_id')
    .where('expires_at', '<=', now)
    .limit(DEVICES_AT_ONCE)
    .execute();
  return [...new Set(rows.map((row) => row.account_id))];
}

/** Drops an account's devices that are over, which only frees space. */
export async function dropExpiredDevices(db: Db, accountId: number, now: number): Promise<void> {
  await lockAccount(db, accountId);
  const { numDeletedRows } = await db
    .deleteFrom('client_device')
    .where('account_id', '=', accountId)
    .where('expires_at', '<=', now)
    .executeTakeFirstOrThrow();
  await addToHead(db, accountId, -Number(numDeletedRows));
}
