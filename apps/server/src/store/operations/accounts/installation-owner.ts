import type { Kysely } from 'kysely';
import { INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { Schema } from '../../schema.ts';

/**
 * Whether an account owns the installation, so may see facts about it: the first account that was ever made here. When
 * that one is deleted no other takes its place, as every other one may be a tenant.
 */
export async function ownsInstallation(db: Kysely<Schema>, accountId: number): Promise<boolean> {
  const first = await db
    .selectFrom('account')
    .select(['id', 'deleted_at'])
    .where('id', '>', INSTALLATION_ACCOUNT)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return first !== undefined && first.id === accountId && first.deleted_at === null;
}
