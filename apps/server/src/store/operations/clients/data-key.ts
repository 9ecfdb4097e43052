import type { Kysely } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import type { WrappedDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';

/** The account's data key, still wrapped. Faults: account_not_found. */
export async function dataKeyOf(
  db: Kysely<Schema>,
  accountId: number,
): Promise<WrappedDataKey & { accountPublicId: string }> {
  const row = await db
    .selectFrom('account')
    .select(['public_id', 'data_key_master', 'data_key'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  if (row === undefined) throw accountNotFound();
  return { accountPublicId: row.public_id, masterKeyId: row.data_key_master, wrapped: row.data_key };
}
