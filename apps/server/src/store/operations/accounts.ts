import { type Kysely, type Selectable, sql } from 'kysely';
import { accountNotFound, Fault } from '../../domain/errors.ts';
import type { Origin } from '../../domain/events.ts';
import type { Change, NewAccount, Page, PageRequest } from '../../domain/ports.ts';
import type { Account, AccountWithPassword } from '../../domain/records.ts';
import { pageAfter } from '../page.ts';
import type { AccountTable, Schema } from '../schema.ts';
import { appendEvent } from './append-event.ts';

type Db = Kysely<Schema>;

/** Creates an account with its data key and the first line of its log. Faults: email_taken. */
export async function createAccount(db: Db, account: NewAccount): Promise<Account> {
  const row = await db
    .insertInto('account')
    .values({
      public_id: account.publicId,
      email: account.email,
      password_hash: account.passwordHash,
      credential_version: 1,
      data_key_master: account.dataKey.masterKeyId,
      data_key: account.dataKey.wrapped,
      policy: null,
      created_at: account.at,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    throw new Fault(
      'email_taken',
      'An account with this e-mail address exists. Sign in, or use another address.',
    );
  }
  await db.insertInto('account_head').values({ account_id: row.id, last_event: 0, last_number: 0 }).execute();
  await appendEvent(db, row.id, {
    event: 'account.registered',
    outcome: 'success',
    reason: null,
    clientId: null,
    at: account.at,
    origin: signingUp(account),
  });
  return toAccount(row);
}

/** Who signs up is nobody yet, and acts as the account that comes of it; an operator stays the operator. */
function signingUp({ origin, publicId }: NewAccount): Origin {
  return origin.actor === 'anonymous' ? { ...origin, actor: `account:${publicId}` } : origin;
}

export async function findAccountByEmail(db: Db, email: string): Promise<AccountWithPassword | null> {
  const row = await db.selectFrom('account').selectAll().where('email', '=', email).executeTakeFirst();
  return row === undefined ? null : { ...toAccount(row), passwordHash: row.password_hash };
}

export async function findAccountByPublicId(db: Db, publicId: string): Promise<Account | null> {
  const row = await db.selectFrom('account').selectAll().where('public_id', '=', publicId).executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}

/** Oldest first. */
export async function listAccounts(db: Db, { cursor, limit }: PageRequest): Promise<Page<Account>> {
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where('id', '>', pageAfter.decode(cursor) ?? 0)
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return pageAfter.of(rows.map(toAccount), limit, (account) => account.id);
}

export async function countAccounts(db: Db): Promise<number> {
  const row = await db
    .selectFrom('account')
    .select(sql<number>`count(*)`.as('accounts'))
    .executeTakeFirstOrThrow();
  return Number(row.accounts);
}

/** Sets a new password and ends every bearer of the account. Faults: account_not_found. */
export async function setPassword(
  db: Db,
  accountId: number,
  passwordHash: string,
  change: Change,
): Promise<Account> {
  const row = await db
    .updateTable('account')
    .set({ password_hash: passwordHash, credential_version: sql<number>`credential_version + 1` })
    .where('id', '=', accountId)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw accountNotFound();
  await appendEvent(db, accountId, {
    event: 'account.password_changed',
    outcome: 'success',
    reason: null,
    clientId: null,
    ...change,
  });
  return toAccount(row);
}

export function toAccount(row: Selectable<AccountTable>): Account {
  return {
    id: row.id,
    publicId: row.public_id,
    email: row.email,
    createdAt: row.created_at,
    credentialVersion: row.credential_version,
  };
}
