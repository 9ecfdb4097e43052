import type { Kysely } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import type { WrappedDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';

/** The account's data key, still wrapped. Faults: account_not_found, also for an account that was deleted. */
export async function dataKeyOf(
  db: Kysely<Schema>,
  accountId: number,
): Promise<WrappedDataKey & { accountPublicId: string }> {
  const row = await db
    .selectFrom('account')
    .select(['public_id', 'data_key_master', 'data_key', 'deleted_at'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  // Nothing is sealed for a deleted account any more: an import that is under way would go on enrolling in it.
  if (row === undefined || row.deleted_at !== null) throw accountNotFound();
  return { accountPublicId: row.public_id, masterKeyId: row.data_key_master, wrapped: row.data_key };
}
