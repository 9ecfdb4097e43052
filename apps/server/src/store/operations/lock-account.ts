import { type Kysely, sql } from 'kysely';
import { sessionEnded } from '../../domain/account-security/faults.ts';
import type { OwnChange } from '../../domain/account-security/ports.ts';
import { accountNotFound } from '../../domain/errors.ts';
import type { Schema } from '../schema.ts';

type Db = Kysely<Schema>;

/**
 * Locks the account until the transaction ends: what is read of it after this is what stands when the
 * transaction commits. Whatever changes passwords, sessions or second factors begins with it; in SQLite the
 * transaction already excludes others. Faults: account_not_found.
 */
export async function lockAccount(db: Db, accountId: number): Promise<void> {
  await db
    .updateTable('account_head')
    .set({ last_event: sql<number>`last_event` })
    .where('account_id', '=', accountId)
    .returning('account_id')
    .executeTakeFirstOrThrow(accountNotFound);
}

/** Locks the account for a change that one of its sessions makes. Faults: account_not_found, token_invalid. */
export async function lockOwnAccount(db: Db, { accountId, sessionId, at }: OwnChange): Promise<void> {
  await lockAccount(db, accountId);
  const session = await db
    .selectFrom('account_session')
    .select('number')
    .where('account_id', '=', accountId)
    .where('id', '=', sessionId)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (session === undefined) throw sessionEnded();
}
