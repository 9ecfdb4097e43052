import { type Kysely, sql } from 'kysely';
import { type Account, INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { accountNotFound, Fault } from '../../../domain/errors.ts';
import type { Schema } from '../../schema.ts';
import { readClient } from '../authenticators/stored-client.ts';
import { removeClient, removeRows, STATELESS } from '../clients/remove-client.ts';
import { appendEvent } from '../log/append-event.ts';
import { lockCurrentMasterKey } from '../master-keys/master-keys.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { toAccount } from './accounts.ts';
import { lockAccount } from './lock-account.ts';
import { accountEvent, dropSessionsBut } from './sessions.ts';

type Db = Kysely<Schema>;

/** Few enough that one transaction holds up nothing. */
const CLIENTS_AT_ONCE = 25;
const ACCOUNTS_AT_ONCE = 50;
/** What goes with the last clients. */
const LEFT_OF_ACCOUNT = [
  'api_key',
  'deleted_secret',
  'previous_secret',
  'idempotent_answer',
  'spent_receipt',
  'webhook',
  'webhook_progress',
  'webhook_delivery',
  'link',
  'hosted_pages',
] as const;

/** Doing twice what is already so changes nothing, but is recorded. Faults: account_not_found. */
export async function setAccountDisabled(
  db: Db,
  accountId: number,
  disabled: boolean,
  change: Change,
): Promise<Account> {
  await lockPresent(db, accountId);
  // Tokens that keys were traded for end, too, and stay so after the account is enabled again.
  const ended = disabled
    ? { disabled_at: change.at, credential_version: sql<number>`credential_version + 1` }
    : { disabled_at: null };
  await db.updateTable('account').set(ended).where(ofAccount(accountId)).execute();
  if (disabled) await dropSessionsBut(db, accountId, null);
  await appendEvent(db, accountId, accountEvent(disabled ? 'account.disabled' : 'account.enabled', change));
  return accountOf(db, accountId);
}

/** Doing twice what is already so changes nothing, but is recorded. Faults: account_not_found. */
export async function setOperator(
  db: Db,
  accountId: number,
  operator: boolean,
  change: Change,
): Promise<Account> {
  await lockPresent(db, accountId);
  const since = operator ? sql<number>`coalesce(operator_at, ${change.at})` : null;
  await db.updateTable('account').set({ operator_at: since }).where('id', '=', accountId).execute();
  const event = operator ? 'account.operator_granted' : 'account.operator_revoked';
  await appendEvent(db, accountId, accountEvent(event, change));
  return accountOf(db, accountId);
}

/** Faults: account_not_found, email_taken. */
export async function setEmail(db: Db, accountId: number, email: string, change: Change): Promise<Account> {
  await lockPresent(db, accountId);
  const holder = await db.selectFrom('account').select('id').where('email', '=', email).executeTakeFirst();
  if (holder !== undefined && holder.id !== accountId) throw emailTaken(email);
  try {
    await db.updateTable('account').set({ email }).where('id', '=', accountId).execute();
  } catch (error) {
    // `unique_violation` of PostgreSQL: another took it since. SQLite has one who writes.
    throw (error as { code?: unknown }).code === '23505' ? emailTaken(email) : error;
  }
  await appendEvent(db, accountId, accountEvent('account.email_changed', change));
  return accountOf(db, accountId);
}

function emailTaken(email: string): Fault {
  return new Fault('email_taken', `Another account has the address ${email}. Nothing was changed.`);
}

/**
 * Ends an account: from here on no one acts for it, and its address is free. What it holds is removed by
 * {@link removeSomeOf}. Faults: account_not_found.
 */
export async function endAccount(db: Db, box: SecretBox, accountId: number, change: Change): Promise<void> {
  const { publicId } = await lockPresent(db, accountId);
  const ended = {
    disabled_at: change.at,
    deleted_at: change.at,
    credential_version: sql<number>`credential_version + 1`,
    password_hash: '',
  };
  await db.updateTable('account').set(ended).where(ofAccount(accountId)).execute();
  // No address has a blank, and no log-in looks among deleted accounts. At the end of the removal it becomes `deleted …`.
  await db
    .updateTable('account')
    .set({ email: `ending ${publicId}` })
    .where('id', '=', accountId)
    .execute();
  await dropSessionsBut(db, accountId, null);
  for (const table of ['account_authenticator', 'account_recovery_code'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).execute();
  }
  await appendEvent(db, accountId, accountEvent('account.deleted', change));
  // Account 0 is locked last (lock-account.ts).
  await lockAccount(db, INSTALLATION_ACCOUNT);
  const own = await readClient(db, INSTALLATION_ACCOUNT, publicId);
  const { at, origin } = change;
  if (own !== null) await removeClient(db, box, own, 'client.deleted', { at, origin });
  await appendEvent(db, INSTALLATION_ACCOUNT, {
    ...accountEvent('account.deleted', change),
    reason: publicId,
  });
}

/** Also a half whose own row does not say that it was deleted. */
const isDeletedOrHalfOfDeleted = sql<boolean>`account.id in (
  select id from account where deleted_at is not null
  union select half.id from account as live join account as half on half.test_of = live.id
  where live.deleted_at is not null)`;

/** A deleted account, and its test half: the numbers of which something is left. */
export async function leftovers(db: Db): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('account')
    .select('id')
    .where(isDeletedOrHalfOfDeleted)
    .where((where) =>
      where.or([
        sql<boolean>`account.email <> 'deleted ' || account.public_id`,
        ...(['client', ...LEFT_OF_ACCOUNT] as const).map(
          (table) =>
            sql<boolean>`exists (select 1 from ${sql.table(table)} as held where held.account_id = account.id)`,
        ),
      ]),
    )
    .limit(ACCOUNTS_AT_ONCE)
    .execute();
  return rows.map(({ id }) => id);
}

/** The numbers of an account and of its test half. */
export async function halvesOf(db: Db, accountId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('account')
    .select('id')
    .where(ofAccount(accountId))
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Removes some of what a deleted account or its test half held; true when there is more. At last its data key goes, so that
 * no secret of it opens any more, wherever a copy may be.
 */
export async function removeSomeOf(
  db: Db,
  box: SecretBox,
  accountId: number,
  asked: Change,
): Promise<boolean> {
  await lockAccount(db, accountId);
  const change = await inTimeOf(db, accountId, { ...asked, offsetMs: 0 });
  const rows = await db
    .selectFrom('client')
    .select(['id', 'client_id'])
    .where('account_id', '=', accountId)
    .orderBy('id')
    .limit(CLIENTS_AT_ONCE + 1)
    .execute();
  for (const { id, client_id: clientId } of rows.slice(0, CLIENTS_AT_ONCE)) {
    const client = await readClient(db, accountId, clientId);
    // No one can enrol a secret again that was used here: what was used of it need not be remembered.
    // A client whose state is missing, by damage, is not read: it would come first in the next round, too.
    await removeRows(db, client ?? { accountId, id, clientId, ...STATELESS }, 'client.deleted', change);
  }
  if (rows.length > CLIENTS_AT_ONCE) return true;
  for (const table of LEFT_OF_ACCOUNT) {
    await db.deleteFrom(table).where('account_id', '=', accountId).execute();
  }
  await markRemoved(db, box, accountId, asked.at);
  return false;
}

/**
 * Gives the account another data key, and marks it as removed. The column is never empty, since a rotation of the master key
 * wraps the key of each row anew.
 */
async function markRemoved(db: Db, box: SecretBox, accountId: number, at: number): Promise<void> {
  const { public_id: publicId } = await db
    .selectFrom('account')
    .select('public_id')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow(accountNotFound);
  const masterKeyId = await lockCurrentMasterKey(db);
  const { masterKeyId: master, wrapped } = box.createDataKey(publicId, masterKeyId ?? undefined);
  await db
    .updateTable('account')
    .set({
      data_key_master: master,
      data_key: wrapped,
      policy: null,
      email: `deleted ${publicId}`,
      operator_at: null,
      disabled_at: sql<number>`coalesce(disabled_at, ${at})`,
      deleted_at: sql<number>`coalesce(deleted_at, ${at})`,
    })
    .where('id', '=', accountId)
    .execute();
}

/** Locks a live account that is there. Faults: account_not_found. */
async function lockPresent(db: Db, accountId: number): Promise<Account> {
  await lockAccount(db, accountId);
  const account = await accountOf(db, accountId);
  if (account.deletedAt !== undefined) throw accountNotFound();
  return account;
}

async function accountOf(db: Db, accountId: number): Promise<Account> {
  const row = await db
    .selectFrom('account')
    .selectAll()
    .where('id', '=', accountId)
    .where('id', '>', INSTALLATION_ACCOUNT)
    .where('test_of', 'is', null)
    .executeTakeFirstOrThrow(accountNotFound);
  return toAccount(row);
}

/** The account and its test half. */
function ofAccount(accountId: number) {
  return sql<boolean>`(id = ${accountId} or test_of = ${accountId})`;
}
