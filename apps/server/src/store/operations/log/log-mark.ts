import type { Kysely } from 'kysely';
import type { LogMark } from '../../../domain/webhooks/ports.ts';
import type { Schema } from '../../schema.ts';
import { prunedTo } from './log-tree.ts';

type Db = Kysely<Schema>;

/** Whether the log has this event under this number, or has pruned it since. */
export async function isOfLog(db: Db, accountId: number, { id, at, requestId }: LogMark): Promise<boolean> {
  const row = await db
    .selectFrom('event')
    .select(['request_id', 'at'])
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row !== undefined) return row.at === at && row.request_id === requestId;
  const pruned = (await prunedTo(db, accountId).executeTakeFirst())?.pruned_to ?? 0;
  return pruned >= id;
}
