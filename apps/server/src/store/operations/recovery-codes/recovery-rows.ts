import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/** How many codes of a client are not used yet. */
export async function countCodes(db: Db, accountId: number, client: number): Promise<number> {
  const { left } = await db
    .selectFrom('client_recovery_code')
    .select(sql<number>`count(*)`.as('left'))
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .executeTakeFirstOrThrow();
  return Number(left);
}

/** How many codes of all clients of all accounts are not used yet. */
export async function countRecoveryCodes(db: Db): Promise<number> {
  const { left } = await db
    .selectFrom('account_head')
    .select(sql<number>`coalesce(sum(recovery_codes), 0)`.as('left'))
    .executeTakeFirstOrThrow();
  return Number(left);
}

/** Uses up a code, found by its key. False: it is none of this client's, or another attempt has used it. */
export async function takeCode(db: Db, accountId: number, client: number, mac: Uint8Array): Promise<boolean> {
  const taken = await db
    .deleteFrom('client_recovery_code')
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .where('mac', '=', mac)
    .executeTakeFirst();
  if (taken.numDeletedRows === 0n) return false;
  await addToHead(db, accountId, -1);
  return true;
}

/** Replaces a client's codes by these; none: deletes all. */
export async function keepCodes(
  db: Db,
  accountId: number,
  client: number,
  macs: readonly Uint8Array[],
): Promise<void> {
  const dropped = await db
    .deleteFrom('client_recovery_code')
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .executeTakeFirst();
  if (macs.length > 0) {
    await db
      .insertInto('client_recovery_code')
      .values(macs.map((mac) => ({ account_id: accountId, client, mac })))
      .execute();
  }
  await addToHead(db, accountId, macs.length - Number(dropped.numDeletedRows));
}

/** Deletes the recovery codes of a client that is deleted, and their count of failures. */
export async function dropRecovery(db: Db, accountId: number, client: number): Promise<void> {
  await keepCodes(db, accountId, client, []);
  await db
    .deleteFrom('client_recovery')
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .execute();
}

/** Ends a delay that wrong recovery codes have led to. */
export async function forgetCodeFailures(db: Db, accountId: number, client: number): Promise<void> {
  await db
    .updateTable('client_recovery')
    .set({ failures: null })
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .where('failures', 'is not', null)
    .execute();
}

/** The account's head counts its codes, since each change writes that row anyway. */
async function addToHead(db: Db, accountId: number, codes: number): Promise<void> {
  if (codes === 0) return;
  await db
    .updateTable('account_head')
    .set({ recovery_codes: sql<number>`recovery_codes + ${codes}` })
    .where('account_id', '=', accountId)
    .execute();
}
