import { type Kysely, sql } from 'kysely';
import { EXPIRY_NOTICE_MS } from '../../../domain/keys/api-key.ts';
import type { Executor } from '../../operations-store.ts';
import type { Schema } from '../../schema.ts';
import { EXPIRY_ORIGIN } from '../authenticators/expire.ts';
import { appendEvent } from '../log/append-event.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';

type Db = Kysely<Schema>;

interface KeyName {
  readonly accountId: number;
  readonly id: string;
}

/** Few enough that a round holds up nothing. */
const KEYS_AT_ONCE = 50;

/**
 * Writes into the log, once for each key, that it expires soon. A key that was made for no longer than the notice is
 * left out: its owner has just chosen its end.
 * @param now ms, by the server's clock
 */
export async function noteExpiringKeys(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  now: number,
): Promise<void> {
  for (let noted = true; noted; ) {
    noted = false;
    for (const name of await read((db) => findExpiringKeys(db, now), 'upkeep'))
      if (await write((db) => noteExpiry(db, name, now), name.accountId)) noted = true;
  }
}

async function findExpiringKeys(db: Db, now: number): Promise<readonly KeyName[]> {
  const { rows } = await sql<{ account_id: number; id: string }>`
    select account_id, id from (
      select account_id, id from api_key
        where expiry_noted_at is null and expires_at > ${now} and expires_at <= ${now + EXPIRY_NOTICE_MS}
        and expires_at - created_at > ${EXPIRY_NOTICE_MS}
        and not exists (select 1 from account_head where clock_offset > 0 and account_head.account_id = api_key.account_id)
      union
      select late.account_id, late.id from account_head ahead cross join api_key as late
        where ahead.clock_offset > 0 and late.account_id = ahead.account_id
        and late.expiry_noted_at is null and late.expires_at > ${now} + ahead.clock_offset
        and late.expires_at <= ${now + EXPIRY_NOTICE_MS} + ahead.clock_offset
        and late.expires_at - late.created_at > ${EXPIRY_NOTICE_MS}
    ) as expiring limit ${KEYS_AT_ONCE}`.execute(db);
  return rows.map(({ account_id: accountId, id }) => ({ accountId: Number(accountId), id }));
}

/** false: another node has noted it, or it was revoked. The account is locked, so only one of two nodes notes it. */
async function noteExpiry(db: Db, { accountId, id }: KeyName, now: number): Promise<boolean> {
  const { at, origin } = await inTimeOf(db, accountId, { at: now, offsetMs: 0, origin: EXPIRY_ORIGIN });
  const { numUpdatedRows } = await db
    .updateTable('api_key')
    .set({ expiry_noted_at: at })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where('expiry_noted_at', 'is', null)
    .where('expires_at', '>', at)
    .where('expires_at', '<=', at + EXPIRY_NOTICE_MS)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await appendEvent(db, accountId, {
    event: 'key.expiring',
    outcome: 'success',
    reason: `key:${id}`,
    clientId: null,
    at,
    origin,
  });
  return true;
}
