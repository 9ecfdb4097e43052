import { type Kysely, type Selectable, sql } from 'kysely';
import type { Account } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import { Fault } from '../../../domain/errors.ts';
import type { ApiKey, ApiKeyCredential } from '../../../domain/keys/api-key.ts';
import type { NewApiKey } from '../../../domain/keys/ports.ts';
import type { Scope } from '../../../domain/keys/scopes.ts';
import { keyQuotaExceeded } from '../../../domain/limits/quotas.ts';
import type { Page, PageRequest } from '../../../domain/page.ts';
import type { ApiKeyTable, Schema } from '../../schema.ts';
import { toAccount } from '../accounts/accounts.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { nextNumber } from '../clients/next-number.ts';
import { appendEvent } from '../log/append-event.ts';
import { pageAfter } from '../page.ts';
import { isLive, readTestHalves } from '../test-mode/test-halves.ts';

type Db = Kysely<Schema>;

export async function createApiKey(db: Db, key: NewApiKey, change: Change): Promise<ApiKey> {
  const number = await nextNumber(db, key.accountId);
  await assertRoom(db, key);
  const row = await db
    .insertInto('api_key')
    .values({
      account_id: key.accountId,
      id: key.id,
      number,
      name: key.name,
      scopes: key.scopes.join(' '),
      mac: key.mac,
      created_at: change.at,
      expires_at: key.expiresAt,
      last_used_at: null,
      expiry_noted_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await appendEvent(db, key.accountId, {
    event: 'key.created',
    outcome: 'success',
    reason: null,
    clientId: null,
    ...change,
  });
  return toApiKey(row);
}

/** The account's head is locked, as for clients. */
async function assertRoom(db: Db, { accountId, mostKeys = null }: NewApiKey): Promise<void> {
  if (mostKeys === null) return;
  const { keys } = await db
    .selectFrom('api_key')
    .select(sql<number>`count(*)`.as('keys'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (Number(keys) >= mostKeys) throw keyQuotaExceeded(mostKeys);
}

/** The key with its MAC and its account: this is how a bearer is found. */
export async function findApiKey(db: Db, id: string): Promise<ApiKeyCredential | null> {
  const [key = null] = await findApiKeys(db, [id]);
  return key;
}

/** As `findApiKey`, for many at once and in their order. */
export async function findApiKeys(
  db: Db,
  ids: readonly string[],
): Promise<readonly (ApiKeyCredential | null)[]> {
  const keys = await db.selectFrom('api_key').selectAll().where('id', 'in', ids).execute();
  if (keys.length === 0) return ids.map(() => null);
  const accounts = await db
    .selectFrom('account')
    .selectAll()
    .where('id', 'in', [...new Set(keys.map((key) => key.account_id))])
    .where('disabled_at', 'is', null)
    .execute();
  const accountById = new Map(accounts.filter(isLive).map((row) => [row.id, toAccount(row)]));
  for (const half of await readTestHalves(db, accounts)) {
    if (half.disabledAt === undefined) accountById.set(half.id, half);
  }
  const keyById = new Map(keys.map((key) => [key.id, key]));
  return ids.map((id) => {
    const key = keyById.get(id);
    const account = key === undefined ? undefined : accountById.get(key.account_id);
    if (key === undefined || account === undefined) return null;
    return { ...toApiKey(key), mac: key.mac, account };
  });
}

/** The account of a key, also a disabled one. */
export async function findKeyHolder(db: Db, id: string): Promise<Account | null> {
  const row = await db
    .selectFrom('api_key')
    .innerJoin('account', 'account.id', 'api_key.account_id')
    .selectAll('account')
    .where('api_key.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (isLive(row)) return toAccount(row);
  const [half = null] = await readTestHalves(db, [row]);
  return half;
}

/** One key of the account. Faults: key_not_found. */
export async function readApiKey(db: Db, accountId: number, id: string): Promise<ApiKey> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw keyNotFound();
  return toApiKey(row);
}

function keyNotFound(): Fault {
  return new Fault(
    'key_not_found',
    'Your account has no API key with this id. It may have been revoked already.',
  );
}

/** Newest first. */
export async function listApiKeys(
  db: Db,
  accountId: number,
  { cursor, limit }: PageRequest,
): Promise<Page<ApiKey>> {
  const after = pageAfter.decode(cursor);
  let query = db.selectFrom('api_key').selectAll().where('account_id', '=', accountId);
  if (after !== null) query = query.where('number', '<', after);
  const rows = await query
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageAfter.of(rows, limit, (row) => row.number);
  return { ...page, data: page.data.map(toApiKey) };
}

/** The key's row goes, its id never comes back. Faults: key_not_found. */
export async function revokeApiKey(db: Db, accountId: number, id: string, change: Change): Promise<void> {
  await lockAccount(db, accountId);
  const revoked = await db
    .deleteFrom('api_key')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (revoked.numDeletedRows === 0n) throw keyNotFound();
  await appendEvent(db, accountId, {
    event: 'key.revoked',
    outcome: 'success',
    reason: null,
    clientId: null,
    ...change,
  });
}

export async function touchApiKey(db: Db, accountId: number, id: string, at: number): Promise<void> {
  await db
    .updateTable('api_key')
    .set({ last_used_at: at })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
}

function toApiKey(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    scopes: row.scopes.split(' ').filter((scope) => scope !== '') as Scope[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
