import { type Kysely, sql } from 'kysely';
import type { OwnAuthenticator } from '../../../domain/accounts/security-ports.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

export async function findOwnAuthenticator(db: Db, accountId: number): Promise<OwnAuthenticator | null> {
  const row = await db
    .selectFrom('account_authenticator')
    .select(['number', 'active', 'confirmed_at'])
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { left } = await db
    .selectFrom('account_recovery_code')
    .select(sql<number>`count(*)`.as('left'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return {
    number: row.number,
    active: row.active === 1,
    confirmedAt: row.confirmed_at,
    recoveryCodesLeft: Number(left),
  };
}

/** The number of the authenticator that log-ins are asked for; null: none. */
export async function activeAuthenticator(db: Db, accountId: number): Promise<number | null> {
  const row = await db
    .selectFrom('account_authenticator')
    .select('number')
    .where('account_id', '=', accountId)
    .where('active', '=', 1)
    .executeTakeFirst();
  return row?.number ?? null;
}
