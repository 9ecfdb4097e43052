import type { Kysely } from 'kysely';
import type { StoreSeen } from '../../domain/store-seen.ts';
import type { Schema } from '../schema.ts';

/** What a store that is left, or was, says of it. */
export interface Moved {
  /** Of the copy; both stores know it. */
  readonly id: string;
  /** Where to, without a password. */
  readonly to: string;
  /** When it was frozen, ms. */
  readonly at: number;
  /** Whether the copy is whole. */
  readonly done: boolean;
  /** Whether it is being cancelled: then it will never be whole. */
  readonly cancelled?: true;
}

/** What a store says of a copy that is being made into it. */
export interface Incoming {
  readonly id: string;
  readonly from: string;
  /** How far it is: this table is filled up to the row with this key; null: the table is empty. */
  readonly table: string;
  readonly after: readonly unknown[] | null;
}

/** The store is not, or not yet, the one to work with. The message says which is. */
export class StoreMovedError extends Error {
  override readonly name = 'StoreMovedError';
}

type Markers = { moved: Moved; incoming: Incoming; seen: StoreSeen };

export async function readMarker<Name extends keyof Markers>(
  db: Kysely<Schema>,
  name: Name,
): Promise<Markers[Name] | null> {
  const row = await db.selectFrom('store_marker').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.value) as Markers[Name]);
}

/** What a store says of where it is and when it was seen. */
export interface Whereabouts {
  /** null: never. */
  readonly seen: StoreSeen | null;
  /** Whether it was left for another store, or is being filled: see `assertHere`. */
  readonly isElsewhere: boolean;
}

/** By the rows of `store_marker`. */
export function whereaboutsOf(
  rows: readonly { readonly name: string; readonly value: string }[],
): Whereabouts {
  const seen = rows.find(({ name }) => name === 'seen');
  return {
    seen: seen === undefined ? null : (JSON.parse(seen.value) as StoreSeen),
    isElsewhere: rows.some(({ name }) => name === 'moved' || name === 'incoming'),
  };
}

/** Like `readMarker`, but locks the marker: other transactions cannot change it before this one ends. */
export async function lockMarker<Name extends keyof Markers>(
  db: Kysely<Schema>,
  name: Name,
): Promise<Markers[Name] | null> {
  await db
    .updateTable('store_marker')
    .set((row) => ({ value: row.ref('value') }))
    .where('name', '=', name)
    .execute();
  return readMarker(db, name);
}

/** null: takes it away. */
export async function writeMarker<Name extends keyof Markers>(
  db: Kysely<Schema>,
  name: Name,
  marker: Markers[Name] | null,
): Promise<void> {
  if (marker === null) {
    await db.deleteFrom('store_marker').where('name', '=', name).execute();
    return;
  }
  const value = JSON.stringify(marker);
  await db
    .insertInto('store_marker')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** Throws when the store was left for another one, or is not whole yet. */
export async function assertHere(db: Kysely<Schema>): Promise<void> {
  const moved = await readMarker(db, 'moved');
  if (moved !== null) throw new StoreMovedError(movedMessage(moved));
  const incoming = await readMarker(db, 'incoming');
  if (incoming !== null) {
    throw new StoreMovedError(
      `This store is not whole: the copy from ${incoming.from} has not ended. Run the same \`kanda store copy\` again; it goes on where it was.`,
    );
  }
}

/** What the database itself answers to a process that still has it open and writes. */
export function leftMessage({ to, at }: Pick<Moved, 'to' | 'at'>): string {
  return `This store was left for ${to} at ${new Date(at).toISOString()} and takes no changes`;
}

export function movedMessage({ to, at, done }: Omit<Moved, 'id'>): string {
  const when = new Date(at).toISOString();
  return done
    ? `This store was left at ${when}: everything is in ${to} now. Set KANDA_DATABASE_URL or KANDA_DATA_DIR to that one.`
    : `This store is being copied to ${to} since ${when} and takes no changes. Let \`kanda store copy\` end, or end it with --cancel.`;
}
