import { type Kysely, sql } from 'kysely';
import { sessionEnded } from '../../../domain/accounts/security-faults.ts';
import type { OwnChange } from '../../../domain/accounts/security-ports.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/**
 * Locks the account until the transaction ends: what is read of it after this is what stands when the
 * transaction commits. In SQLite the transaction already excludes others; in PostgreSQL this is what does.
 *
 * Whatever changes anything of an account, or appends to its log, locks its head before it reads or writes
 * anything else of it. A transaction that locks several locks those with higher numbers first, so that account
 * 0, the installation's own, comes last; the server keys come before that and after all other accounts. With
 * one order for all, there is no deadlock. Faults: account_not_found.
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
