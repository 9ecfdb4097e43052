import type { Kysely } from 'kysely';
import type { StoreSeen } from '../../../domain/store-seen.ts';
import { lockMarker, movedMessage, readMarker, StoreMovedError, writeMarker } from '../../copy/markers.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;

/**
 * Counts that the store was seen. One that was left is not: what is counted there after its copy would make that one look
 * older than it is.
 *
 * Nor is one that does not continue what the caller remembers: it is another one, or went back. Counted up, it would look
 * new enough after a while. Then gives what it says; null: nothing.
 */
export async function noteSeen(
  db: Db,
  freshId: string,
  remembered: StoreSeen | null,
): Promise<StoreSeen | null> {
  const moved = await readMarker(db, 'moved');
  if (moved !== null) throw new StoreMovedError(movedMessage(moved));
  if (remembered !== null) {
    const there = await lockMarker(db, 'seen');
    if (there === null || !continues(there, remembered)) return there;
  }
  const first: StoreSeen = { id: freshId, generation: 0 };
  // Of two nodes that open a new store at once, the id of one is kept.
  await db
    .insertInto('store_marker')
    .values({ name: 'seen', value: JSON.stringify(first) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const before = (await lockMarker(db, 'seen')) ?? first;
  const seen = { ...before, generation: before.generation + 1 };
  await writeMarker(db, 'seen', seen);
  return seen;
}

function continues(there: StoreSeen, { id, generation }: StoreSeen): boolean {
  return there.id === id && there.generation >= generation;
}

/**
 * Counts a restore, which the operator has made or told: beyond whatever was counted before, a number each minute, so that
 * no node takes the store for one that went back unnoticed.
 */
export async function noteRestored(db: Db, now: number): Promise<void> {
  const before = await lockMarker(db, 'seen');
  if (before === null) return;
  await writeMarker(db, 'seen', { ...before, generation: Math.max(before.generation + 1, now) });
}
