import { type Kysely, sql } from 'kysely';
import { INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import type {
  KeyRewrapper,
  MasterKeyWork,
  RewrapStep,
  UnreadableAccount,
  WrappedCount,
} from '../../../domain/master-keys/master-keys.ts';
import type { AccountDataKey, WrappedServerKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';
import { toServerKey } from '../installation/installation.ts';
import { appendEvent } from '../log/append-event.ts';

type Db = Kysely<Schema>;

/** The ids of the master keys that wrap anything. */
export async function masterKeyIds(db: Db): Promise<readonly string[]> {
  const serverKeys = await db.selectFrom('server_key').select('master_key_id as id').execute();
  return [...new Set([...serverKeys.map(({ id }) => id), ...(await masterKeysOfAccounts(db))])].sort();
}

/** How much each master key wraps. */
export async function countWrapped(db: Db): Promise<readonly WrappedCount[]> {
  const dataKeys = await db
    .selectFrom('account')
    .select(['data_key_master as id', sql<number>`count(*)`.as('count')])
    .groupBy('data_key_master')
    .execute();
  const serverKeys = await db
    .selectFrom('server_key')
    .select(['master_key_id as id', sql<number>`count(*)`.as('count')])
    .groupBy('master_key_id')
    .execute();
  const ids = [...new Set([...serverKeys, ...dataKeys].map(({ id }) => id))].sort();
  const countOf = (rows: readonly { id: string; count: number }[], id: string) =>
    Number(rows.find((row) => row.id === id)?.count ?? 0);
  return ids.map((id) => ({
    masterKeyId: id,
    dataKeys: countOf(dataKeys, id),
    serverKeys: countOf(serverKeys, id),
  }));
}

/**
 * The master key under which a new data key belongs: the one of the server keys; null in a store that has none
 * yet. Their row is locked until the transaction ends, so that no rotation can end in between.
 */
export async function lockCurrentMasterKey(db: Db): Promise<string | null> {
  const [first] = await lockServerKeys(db);
  return first?.masterKeyId ?? null;
}

/** One step of a rotation: some data keys or, when none is left, the server keys, with which it is done. */
export async function rewrapKeys(
  db: Db,
  rewrapper: KeyRewrapper,
  skip: readonly number[],
  limit: number,
  change: Change,
): Promise<RewrapStep> {
  const serverKeys = await lockServerKeys(db);
  for (const id of await masterKeysOfAccounts(db)) {
    if (id === rewrapper.masterKeyId) continue;
    const rows = await dataKeysUnder(db, id, skip, limit);
    if (rows.length > 0) return rewrapDataKeys(db, rewrapper, rows);
  }
  const behind = serverKeys.filter(({ masterKeyId }) => masterKeyId !== rewrapper.masterKeyId);
  for (const key of behind) {
    const { masterKeyId, wrapped } = rewrapper.serverKey(key);
    await db
      .updateTable('server_key')
      .set({ master_key_id: masterKeyId, wrapped })
      .where('name', '=', key.name)
      .execute();
  }
  if (behind.length > 0) {
    await appendEvent(db, INSTALLATION_ACCOUNT, {
      event: 'masterkey.rotated',
      outcome: 'success',
      reason: null,
      clientId: null,
      ...change,
    });
  }
  return { rewrapped: behind.length, unreadable: [], done: true };
}

/** Runs `work` while no other process can wrap, and gives what it returned or threw as a function. */
export async function holdMasterKeys<T>(db: Db, work: MasterKeyWork<T>): Promise<() => T> {
  await lockServerKeys(db);
  let done: ReturnType<MasterKeyWork<T>>;
  try {
    done = work(await masterKeyIds(db));
  } catch (error) {
    return () => {
      throw error;
    };
  }
  const { result, event } = done;
  if (event !== null) await appendEvent(db, INSTALLATION_ACCOUNT, event);
  return () => result;
}

interface DataKeyRow extends AccountDataKey {
  readonly accountId: number;
}

async function dataKeysUnder(
  db: Db,
  id: string,
  skip: readonly number[],
  limit: number,
): Promise<DataKeyRow[]> {
  const rows = await db
    .selectFrom('account')
    .select(['id', 'public_id', 'data_key_master', 'data_key'])
    .where('data_key_master', '=', id)
    .$if(skip.length > 0, (query) => query.where('id', 'not in', skip))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    accountId: row.id,
    accountPublicId: row.public_id,
    masterKeyId: row.data_key_master,
    wrapped: row.data_key,
  }));
}

async function rewrapDataKeys(
  db: Db,
  rewrapper: KeyRewrapper,
  rows: readonly DataKeyRow[],
): Promise<RewrapStep> {
  const unreadable: UnreadableAccount[] = [];
  for (const row of rows) {
    let wrapped: ReturnType<KeyRewrapper['dataKey']>;
    try {
      wrapped = rewrapper.dataKey(row);
    } catch (cause) {
      // An altered row must not keep the others under a key that may have leaked.
      unreadable.push({ accountId: row.accountId, accountPublicId: row.accountPublicId, cause });
      continue;
    }
    await db
      .updateTable('account')
      .set({ data_key_master: wrapped.masterKeyId, data_key: wrapped.wrapped })
      .where('id', '=', row.accountId)
      .execute();
  }
  return { rewrapped: rows.length - unreadable.length, unreadable, done: false };
}

/** One step in the index for each master key, however many accounts there are. */
async function masterKeysOfAccounts(db: Db): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive chain (id) as (
      select min(data_key_master) from account
      union all
      select (select min(data_key_master) from account where data_key_master > chain.id)
      from chain where chain.id is not null
    )
    select id from chain where id is not null`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * The server keys by name, locked until the transaction ends: touching them makes PostgreSQL wait for others who
 * else holds them; in SQLite the transaction already excludes others. They are read after that: a key that the one
 * before has added is not among the rows that were waited for.
 */
export async function lockServerKeys(db: Db): Promise<WrappedServerKey[]> {
  await db
    .updateTable('server_key')
    .set((column) => ({ master_key_id: column.ref('master_key_id') }))
    .execute();
  const rows = await db.selectFrom('server_key').selectAll().execute();
  return rows.map(toServerKey).sort((one, other) => (one.name < other.name ? -1 : 1));
}
