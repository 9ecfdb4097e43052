import type { Tile, TileId } from '@kanda/tlog';
import { type Kysely, sql } from 'kysely';
import type { EventRecord } from '../../../domain/log/events.ts';
import type { KeptCheckpoint, LogHead, LogNeed } from '../../../domain/log/ports.ts';
import type { Schema } from '../../schema.ts';
import { countKeyUse } from '../keys/key-use.ts';
import { toEvent } from './list-events.ts';
import { countRefusals } from './statistics.ts';

type Db = Kysely<Schema>;

/** `event_other`: the partition of those that have none by their time (PostgreSQL). */
export type BodyTable = 'event' | 'event_other';

/** Logs about which something has to be done, of a bounded range of accounts: the whole list may be long. */
export async function logsInNeed(
  db: Db,
  need: LogNeed,
  after: number,
  span: number,
): Promise<{ readonly heads: readonly LogHead[]; readonly highest: number }> {
  const range = heads(db)
    .where('head.account_id', '>', after)
    .where('head.account_id', '<=', after + span)
    .orderBy('head.account_id');
  const rows = await NEEDS[need](range).execute();
  const { highest } = await db
    .selectFrom('account_head')
    .select(sql<number>`max(account_id)`.as('highest'))
    .executeTakeFirstOrThrow();
  return { heads: rows, highest };
}

const NEEDS: Readonly<Record<LogNeed, (query: ReturnType<typeof heads>) => ReturnType<typeof heads>>> = {
  // `<>`: a log that is shorter than its tree is reported, too.
  sequencing: (query) =>
    query.where(
      sql<boolean>`(head.last_event <> coalesce(tree.size, 0) or tree.size > tree.checkpoint_size)`,
    ),
  // `<>`: more that were sent than there are is reported, too.
  sending: (query) => query.where(sql<boolean>`tree.checkpoint_size <> tree.sent_size`),
  pruning: (query) => query.where(sql<boolean>`tree.checkpoint_size > tree.pruned_to`),
  // All of them: a log that is not among them is gone.
  reviewing: (query) => query,
  cosigning: (query) => query.where(sql<boolean>`tree.checkpoint_size > 0`),
};

export async function logHead(db: Db, accountId: number): Promise<LogHead | null> {
  return (await heads(db).where('head.account_id', '=', accountId).executeTakeFirst()) ?? null;
}

function heads(db: Db) {
  const count = (column: string) => sql<number>`coalesce(${sql.ref(`tree.${column}`)}, 0)`;
  return db
    .selectFrom('account_head as head')
    .leftJoin('log_tree as tree', 'tree.account_id', 'head.account_id')
    .leftJoin('account', 'account.id', 'head.account_id')
    .select([
      'head.account_id as accountId',
      'account.public_id as accountPublicId',
      'head.last_event as lastEvent',
      count('size').as('size'),
      count('checkpoint_size').as('checkpointSize'),
      count('checkpoint_at').as('checkpointAt'),
      count('sent_size').as('sentSize'),
      count('pruned_to').as('prunedTo'),
    ]);
}

export async function readLog(
  db: Db,
  accountId: number,
  after: number,
  limit: number,
): Promise<readonly EventRecord[]> {
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', after)
    .where('id', '>', prunedTo(db, accountId))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toEvent);
}

/** Bodies that were pruned may be there for a while, until their whole partition goes: they are not shown. */
export function prunedTo(db: Db, accountId: number) {
  return db
    .selectFrom('log_tree')
    .select(sql<number>`coalesce(max(pruned_to), 0)`.as('pruned_to'))
    .where('account_id', '=', accountId);
}

export async function readTiles(
  db: Db,
  accountId: number,
  tiles: readonly TileId[],
): Promise<readonly Tile[]> {
  if (tiles.length === 0) return [];
  const rows = await db
    .selectFrom('log_tile')
    .select(['level', 'tile', 'hashes'])
    .where('account_id', '=', accountId)
    .where((where) =>
      where.or(
        tiles.map(({ level, index }) => where.and([where('level', '=', level), where('tile', '=', index)])),
      ),
    )
    .orderBy('level')
    .orderBy('tile')
    .execute();
  return rows.map(({ level, tile, hashes }) => ({ level, index: tile, hashes }));
}

/**
 * Tiles and size are one transaction: a process that is killed leaves the tree as it was. What the new part of the
 * log is counted for (statistics.ts) is the same transaction, too.
 */
export async function extendLogTree(
  db: Db,
  accountId: number,
  from: number,
  size: number,
  tiles: readonly Tile[],
): Promise<boolean> {
  await db
    .insertInto('log_tree')
    .values({
      account_id: accountId,
      size: 0,
      checkpoint_size: 0,
      checkpoint_at: 0,
      sent_size: 0,
      pruned_to: 0,
    })
    .onConflict((conflict) => conflict.column('account_id').doNothing())
    .execute();
  const { numUpdatedRows } = await db
    .updateTable('log_tree')
    .set({ size })
    .where('account_id', '=', accountId)
    .where('size', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await countRefusals(db, accountId, from, size);
  await countKeyUse(db, accountId, from, size);
  for (const { level, index, hashes } of tiles) {
    await db
      .insertInto('log_tile')
      .values({ account_id: accountId, level, tile: index, hashes })
      .onConflict((conflict) => conflict.columns(['account_id', 'level', 'tile']).doUpdateSet({ hashes }))
      .execute();
  }
  return true;
}

export async function addCheckpoint(
  db: Db,
  accountId: number,
  from: number,
  { size, root, at, note }: KeptCheckpoint,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('log_tree')
    .set({ checkpoint_size: size, checkpoint_at: at })
    .where('account_id', '=', accountId)
    .where('checkpoint_size', '=', from)
    .where('size', '>=', size)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await db.insertInto('log_checkpoint').values({ account_id: accountId, size, at, root, note }).execute();
  return true;
}

export async function cosignCheckpoint(db: Db, accountId: number, size: number, note: string): Promise<void> {
  await db
    .updateTable('log_checkpoint')
    .set({ note })
    .where('account_id', '=', accountId)
    .where('size', '=', size)
    .execute();
}

export async function newestCheckpoint(db: Db, accountId: number): Promise<KeptCheckpoint | null> {
  const row = await db
    .selectFrom('log_checkpoint')
    .select(['size', 'root', 'at', 'note'])
    .where('account_id', '=', accountId)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export async function listCheckpoints(
  db: Db,
  accountId: number,
  above: number,
  limit: number,
): Promise<readonly KeptCheckpoint[]> {
  return db
    .selectFrom('log_checkpoint')
    .select(['size', 'root', 'at', 'note'])
    .where('account_id', '=', accountId)
    .where('size', '>', above)
    .orderBy('size')
    .limit(limit)
    .execute();
}

export async function markCheckpointsSent(db: Db, accountId: number, size: number): Promise<void> {
  await db
    .updateTable('log_tree')
    .set({ sent_size: size })
    .where('account_id', '=', accountId)
    // More than there are: it was altered.
    .where(sql<boolean>`(sent_size < ${size} or sent_size > checkpoint_size)`)
    .execute();
}

/**
 * Bodies and, with them, what is remembered of clientIds that are enrolled no longer. `bodies` is the table whose
 * rows are deleted: where the log is partitioned by time, the others go with their partition.
 */
export async function pruneEvents(
  db: Db,
  accountId: number,
  to: number,
  limit: number,
  bodies: BodyTable,
): Promise<number> {
  const tree = await db
    .selectFrom('log_tree')
    .select('pruned_to')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  if (tree === undefined) return 0;
  const from = tree.pruned_to;
  const until = Math.min(to, from + limit);
  if (until <= from) return 0;
  const { numUpdatedRows } = await db
    .updateTable('log_tree')
    .set({ pruned_to: until })
    .where('account_id', '=', accountId)
    .where('pruned_to', '=', from)
    // What no checkpoint covers is never pruned.
    .where('checkpoint_size', '>=', until)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return 0;
  const named = db
    .selectFrom('event')
    .select('client_id')
    .where('account_id', '=', accountId)
    .where('id', '>', from)
    .where('id', '<=', until)
    .where('client_id', 'is not', null);
  await db
    .deleteFrom('event_tail')
    .where('account_id', '=', accountId)
    .where('client_id', 'in', named as never)
    .where('last_event', '<=', until)
    .execute();
  await db
    .deleteFrom(bodies as 'event')
    .where('account_id', '=', accountId)
    .where('id', '>', from)
    .where('id', '<=', until)
    .execute();
  return until - from;
}
