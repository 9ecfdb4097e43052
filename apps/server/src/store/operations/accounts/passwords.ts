import { type Kysely, sql } from 'kysely';
import type { Account } from '../../../domain/accounts/account.ts';
import type { OwnChange } from '../../../domain/accounts/security-ports.ts';
import type { Change } from '../../../domain/change.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import { failuresOf } from '../../../domain/limits/limits.ts';
import type { Schema } from '../../schema.ts';
import { appendEvent } from '../log/append-event.ts';
import { toAccount } from './accounts.ts';
import { lockAccount, lockOwnAccount } from './lock-account.ts';
import { accountEvent, dropSessionsBut } from './sessions.ts';

type Db = Kysely<Schema>;

/**
 * Sets a new password, ends every session and token of the account, and forgets wrong passwords: someone who guesses from many
 * addresses has kept its owner out, too. Faults: account_not_found.
 */
export async function setPassword(
  db: Db,
  accountId: number,
  passwordHash: string,
  change: Change,
): Promise<Account> {
  await lockAccount(db, accountId);
  const account = await replacePassword(db, accountId, passwordHash, change, null);
  await db.deleteFrom('limit_use').where('name', '=', failuresOf(account.email)).execute();
  return account;
}

/** Sets a new password; of the account's sessions the one that asks goes on. Faults: token_invalid. */
export async function changePassword(db: Db, passwordHash: string, change: OwnChange): Promise<void> {
  await lockOwnAccount(db, change);
  await replacePassword(db, change.accountId, passwordHash, change, change.sessionId);
}

async function replacePassword(
  db: Db,
  accountId: number,
  passwordHash: string,
  change: Change,
  keptSession: string | null,
): Promise<Account> {
  const row = await db
    .updateTable('account')
    .set({ password_hash: passwordHash, credential_version: sql<number>`credential_version + 1` })
    .where('id', '=', accountId)
    .returningAll()
    .executeTakeFirstOrThrow(accountNotFound);
  // Tokens that its test keys were traded for end with those of the others.
  await db
    .updateTable('account')
    .set({ credential_version: row.credential_version })
    .where('test_of', '=', accountId)
    .execute();
  await dropSessionsBut(db, accountId, keptSession);
  await appendEvent(db, accountId, accountEvent('account.password_changed', change));
  return toAccount(row);
}
