import { type Kysely, sql } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import type { Schema } from '../../schema.ts';

/** The next number for a client or a key of the account; a number is never given twice. Faults: account_not_found. */
export async function nextNumber(db: Kysely<Schema>, accountId: number): Promise<number> {
  const head = await db
    .updateTable('account_head')
    .set({ last_number: sql<number>`last_number + 1` })
    .where('account_id', '=', accountId)
    .returning('last_number')
    .executeTakeFirstOrThrow(accountNotFound);
  return head.last_number;
}
