import { type Kysely, sql } from 'kysely';
import type { FeedName, FeedProgress, WaitingLog } from '../../../domain/feeds/ports.ts';
import type { Schema } from '../../schema.ts';
import { isOfLog } from '../log/log-mark.ts';

type Db = Kysely<Schema>;

/** See `FeedStore.waitingLogs`. The rows of an account that was deleted stay, as its log does. */
export async function waitingLogs(
  db: Db,
  feed: FeedName,
  after: number,
  span: number,
): Promise<{ readonly waiting: readonly WaitingLog[]; readonly highest: number }> {
  const rows = await db
    .selectFrom('account_head as head')
    .leftJoin('event_feed as fed', (join) =>
      join.onRef('fed.account_id', '=', 'head.account_id').on('fed.feed', '=', feed),
    )
    .leftJoin('log_tree as tree', 'tree.account_id', 'head.account_id')
    .leftJoin('account', 'account.id', 'head.account_id')
    .select(({ fn, val }) => [
      'head.account_id as accountId',
      'account.public_id as accountPublicId',
      'account.test_of as testOf',
      'head.last_event as lastEvent',
      fn.coalesce('tree.pruned_to', val(0)).as('prunedTo'),
      fn.coalesce('fed.fed_to', val(0)).as('fedTo'),
    ])
    // `<>`: one that is further than its log is reported, too.
    .where(sql<boolean>`head.last_event <> coalesce(fed.fed_to, 0)`)
    .where('head.account_id', '>', after)
    .where('head.account_id', '<=', after + span)
    .orderBy('head.account_id')
    .execute();
  const { highest } = await db
    .selectFrom('account_head')
    .select(sql<number>`max(account_id)`.as('highest'))
    .executeTakeFirstOrThrow();
  return { waiting: rows.map(({ testOf, ...log }) => ({ ...log, isTest: testOf !== null })), highest };
}

/** See `FeedStore.settleFeed`. */
export async function settleFeed(
  db: Db,
  feed: FeedName,
  progress: readonly FeedProgress[],
): Promise<readonly number[]> {
  const refused: number[] = [];
  for (const { accountId, from, to, mark } of progress) {
    const kept =
      (mark === null || (await isOfLog(db, accountId, mark))) &&
      (await moveOn(db, feed, accountId, from, to));
    if (!kept) refused.push(accountId);
  }
  return refused;
}

async function moveOn(db: Db, feed: FeedName, accountId: number, from: number, to: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('event_feed')
    .set({ fed_to: to })
    .where('feed', '=', feed)
    .where('account_id', '=', accountId)
    .where('fed_to', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows > 0n || from !== 0) return numUpdatedRows > 0n;
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('event_feed')
    .values({ feed, account_id: accountId, fed_to: to })
    .onConflict((conflict) => conflict.columns(['account_id', 'feed']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}
