import { type Kysely, type Selectable, sql } from 'kysely';
import {
  type Account,
  type AccountWithPassword,
  INSTALLATION_ACCOUNT,
} from '../../../domain/accounts/account.ts';
import type { NewAccount } from '../../../domain/accounts/ports.ts';
import { registrationClosed } from '../../../domain/accounts/registration.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault } from '../../../domain/errors.ts';
import type { Origin } from '../../../domain/log/events.ts';
import type { Page, PageRequest } from '../../../domain/page.ts';
import type { AccountTable, Schema } from '../../schema.ts';
import { appendEvent } from '../log/append-event.ts';
import { lockCurrentMasterKey } from '../master-keys/master-keys.ts';
import { pageAfter } from '../page.ts';
import { lockAccount } from './lock-account.ts';

type Db = Kysely<Schema>;

/** Creates an account with its data key and the first line of its log. Faults: email_taken, registration_closed. */
export async function createAccount(db: Db, box: SecretBox, account: NewAccount): Promise<Account> {
  const masterKeyId = await lockCurrentMasterKey(db);
  if (account.onlyAsFirst === true) await assertNoAccount(db);
  const owns = account.onlyAsFirst === true || (account.ownsIfFirst === true && (await isFirst(db)));
  const dataKey = box.createDataKey(account.publicId, masterKeyId ?? undefined);
  const row = await db
    .insertInto('account')
    .values({
      public_id: account.publicId,
      email: account.email,
      password_hash: account.passwordHash,
      credential_version: 1,
      data_key_master: dataKey.masterKeyId,
      data_key: dataKey.wrapped,
      policy: null,
      created_at: account.at,
      operator_at: owns ? account.at : null,
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

/** Of two that ask at once, the second waits for the first one's commit and then sees it. */
async function assertNoAccount(db: Db): Promise<void> {
  if (!(await isFirst(db))) throw registrationClosed('until the first account');
}

async function isFirst(db: Db): Promise<boolean> {
  // Once there is one there always is: sign-ups do not wait for each other then.
  if (await hasHadAccount(db)) return false;
  await lockAccount(db, INSTALLATION_ACCOUNT);
  return !(await hasHadAccount(db));
}

/** Whether there is or was an account, a deleted one included. */
export async function hasHadAccount(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('account')
    .select('id')
    .where('id', '>', INSTALLATION_ACCOUNT)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A new user has no account yet, and acts as the account that is created; an operator stays the operator. */
function signingUp({ origin, publicId }: NewAccount): Origin {
  return origin.actor === 'anonymous' ? { ...origin, actor: `account:${publicId}` } : origin;
}

export async function findAccountByEmail(db: Db, email: string): Promise<AccountWithPassword | null> {
  const row = await db
    .selectFrom('account')
    .selectAll()
    .where('email', '=', email)
    .where('test_of', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : { ...toAccount(row), passwordHash: row.password_hash };
}

/** A live account, also one that was deleted. */
export async function findAccountByPublicId(db: Db, publicId: string): Promise<Account | null> {
  const row = await db
    .selectFrom('account')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('test_of', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}

/** Live accounts, oldest first. */
export async function listAccounts(db: Db, { cursor, limit }: PageRequest): Promise<Page<Account>> {
  const rows = await db
    .selectFrom('account')
    .selectAll()
    .where('id', '>', pageAfter.decode(cursor) ?? INSTALLATION_ACCOUNT)
    .where('test_of', 'is', null)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return pageAfter.of(rows.map(toAccount), limit, (account) => account.id);
}

export async function countAccounts(db: Db): Promise<number> {
  const row = await db
    .selectFrom('account')
    .select(sql<number>`count(*)`.as('accounts'))
    // Account 0, the installation's own, belongs to no user.
    .where('id', '>', INSTALLATION_ACCOUNT)
    .where('test_of', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.accounts);
}

/** A live account's row; of a test half, see test-mode/test-halves.ts. */
export function toAccount(row: Selectable<AccountTable>): Account {
  return {
    id: row.id,
    publicId: row.public_id,
    email: row.email,
    createdAt: row.created_at,
    credentialVersion: row.credential_version,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
    ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    ...(row.operator_at === null ? {} : { operator: true }),
  };
}
