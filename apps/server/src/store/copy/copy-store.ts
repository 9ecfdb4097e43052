import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../domain/time.ts';
import type { Schema } from '../schema.ts';
import {
  type Incoming,
  leftMessage,
  lockMarker,
  type Moved,
  movedMessage,
  readMarker,
  writeMarker,
} from './markers.ts';
import {
  type CopiedTable,
  decodeValue,
  digestTable,
  encodeValue,
  insertRows,
  keyOf,
  readRows,
  TABLES,
} from './rows.ts';
import type { CopySide } from './side.ts';

export interface CopyReport {
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly digest: string }[];
  /** How many of these rows an earlier run had copied; null: none had begun it. */
  readonly kept: number | null;
}

/** Progress while it runs: which table, and which part of all rows is done, from 0 to 1. */
export interface CopyProgress {
  copying(table: string, done: number): void;
  comparing(table: string, done: number): void;
}

/** The copy cannot be made or did not come out right. The message is for the operator. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/**
 * Copies everything of one store into another, empty one, and leaves the first. From the beginning on the first
 * takes no changes from any process that has it open; at no time do both. Ended at any point, it goes on where it was when it is
 * run again. Before the second may be opened, all rows of both are compared.
 *
 * @throws {CopyError}
 */
export async function copyStore(
  from: CopySide,
  to: CopySide,
  progress: CopyProgress,
  clock: Clock = Date.now,
): Promise<CopyReport> {
  await assertEmpty(to, from);
  const resumed = (await readMarker(from.db, 'moved')) !== null;
  const move = await leave(from, to);
  const incoming = await enter(from, to, move);
  // A cancellation from here on finds what was entered, and empties it.
  if (!isMove(await readMarker(from.db, 'moved'), move)) await giveUp(from, to, move);
  const total = await countRows(from.db);
  const kept = resumed ? await countRows(to.db) : 0;
  if (incoming.table === TABLES[0] && incoming.after === null) await prepare(from, to, clock());
  await copyTables(from, to, incoming, { copied: kept, total }, progress);
  const tables = await compare(from, to, total, progress);
  // Here it is decided whether the copy is whole or cancelled: the other is impossible afterwards.
  const whole = await from.transaction(async (db) => {
    if (!isMove(await lockMarker(db, 'moved'), move)) return false;
    await writeMarker(db, 'moved', { ...move, done: true });
    return true;
  });
  if (!whole) await giveUp(from, to, move);
  await to.transaction(async (db) => {
    await assertEntered(db, to, move.id);
    await to.settle(db);
    // A node that knows the first store takes this one for the same.
    await writeMarker(db, 'seen', await readMarker(from.db, 'seen'));
    await writeMarker(db, 'incoming', null);
  });
  return { tables, kept: resumed ? kept : null };
}

/**
 * Ends a copy that is not whole: the first store takes changes again, the second is emptied. A run of the copy that
 * is under way ends with an error. Ended at any point, this is run again.
 */
export async function cancelCopy(from: CopySide, to: CopySide): Promise<void> {
  const moved = await from.transaction(async (db) => {
    const marker = await lockMarker(db, 'moved');
    if (marker === null)
      throw new CopyError(`${from.shown} is not being copied: there is nothing to cancel.`);
    if (marker.done) {
      throw new CopyError(
        `${from.shown} was left for ${marker.to}, which may have changed since. Copy that one back.`,
      );
    }
    await writeMarker(db, 'moved', { ...marker, cancelled: true });
    return marker;
  });
  await clear(to, moved);
  await from.transaction(async (db) => {
    if ((await lockMarker(db, 'moved'))?.id !== moved.id) return;
    await from.thaw(db);
    await writeMarker(db, 'moved', null);
  });
}

/** Whether the first store is still left for this copy: another process may have cancelled it. */
function isMove(moved: Moved | null, { id }: Moved): boolean {
  return moved?.id === id && moved.cancelled !== true;
}

/** What a run does that finds its copy cancelled. */
async function giveUp(from: CopySide, to: CopySide, move: Moved): Promise<never> {
  await clear(to, move);
  throw new CopyError(`The copy was cancelled meanwhile: nothing of ${from.shown} is in ${to.shown}.`);
}

/** Empties the second store of what came from this copy; whatever else is there stays. */
function clear(to: CopySide, { id }: Moved): Promise<void> {
  return to.transaction(async (db) => {
    if ((await lockMarker(db, 'incoming'))?.id !== id) return;
    await empty(db);
    await db.insertInto('account_head').values(FIRST_HEAD).execute();
    await writeMarker(db, 'incoming', null);
  });
}

/** Throws when the second store is no longer being filled by this copy: another run has ended it, or cancelled it. */
async function assertEntered(db: Kysely<Schema>, to: CopySide, id: string): Promise<void> {
  if ((await lockMarker(db, 'incoming'))?.id === id) return;
  throw new CopyError(
    `${to.shown} is not being filled by this copy any more: it was cancelled, or another run has ended it.`,
  );
}

const TEN_YEARS_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** As the migrations leave it: the head of the installation's own log. */
const FIRST_HEAD = { account_id: 0, last_event: 0, last_number: 0, clients: 0, disabled_clients: 0 };

/** Freezes the store that is left, unless an earlier run has. */
function leave(from: CopySide, to: CopySide): Promise<Moved> {
  return from.transaction(async (db) => {
    if ((await readMarker(db, 'incoming')) !== null) {
      throw new CopyError(`${from.shown} is not whole itself: a copy into it has not ended.`);
    }
    const before = await readMarker(db, 'moved');
    if (before !== null) {
      if (before.to !== to.shown)
        throw new CopyError(`${from.shown} cannot be copied to ${to.shown}: ${movedMessage(before)}`);
      if (before.cancelled) {
        throw new CopyError(`The copy of ${from.shown} is being cancelled: run it with --cancel once more.`);
      }
      return before;
    }
    const move = { id: randomUUID(), to: to.shown, at: Date.now(), done: false };
    await from.freeze(db, leftMessage(move));
    await writeMarker(db, 'moved', move);
    return move;
  });
}

/** Marks the new store, which must be empty, or gives how far an earlier run came. */
function enter(from: CopySide, to: CopySide, move: Moved): Promise<Incoming> {
  return to.transaction(async (db) => {
    const before = await readMarker(db, 'incoming');
    if (before?.id === move.id) return before;
    if (before !== null) throw new CopyError(`${to.shown} is being filled from ${before.from}.`);
    if (move.done) throw new CopyError(`${from.shown} cannot be copied again: ${movedMessage(move)}`);
    const start = { id: move.id, from: from.shown, table: TABLES[0] ?? '', after: null };
    await empty(db);
    await writeMarker(db, 'incoming', start);
    return start;
  });
}

/** Throws unless nothing is in this store yet; a copy never replaces anything. */
async function assertEmpty(side: CopySide, from: CopySide): Promise<void> {
  const incoming = await readMarker(side.db, 'incoming');
  if (incoming !== null) return;
  const moved = await readMarker(from.db, 'moved');
  if (moved?.done === true) return;
  const { accounts, keys } = await side.db
    .selectNoFrom((query) => [
      query.selectFrom('account').select(sql<number>`count(*)`.as('n')).as('accounts'),
      query.selectFrom('server_key').select(sql<number>`count(*)`.as('n')).as('keys'),
    ])
    .executeTakeFirstOrThrow();
  if (Number(accounts) + Number(keys) > 0) {
    throw new CopyError(`${side.shown} is not empty. Name an empty database, or a folder without kanda.db.`);
  }
}

async function empty(db: Kysely<Schema>): Promise<void> {
  for (const table of TABLES) await db.deleteFrom(table).execute();
}

/**
 * Makes ready for the events of live accounts until now. Those of test halves bear times that may be a hundred years
 * ahead: they go where events without a week of their own are kept, as do those that a wrong clock dated too late.
 */
async function prepare(from: CopySide, to: CopySide, now: number): Promise<void> {
  const halves = from.db.selectFrom('account').select('id').where('test_of', 'is not', null);
  const { oldest, newest } = await from.db
    .selectFrom('event')
    .select([sql<number | null>`min(at)`.as('oldest'), sql<number | null>`max(at)`.as('newest')])
    .where('account_id', 'not in', halves)
    .executeTakeFirstOrThrow();
  if (oldest === null || newest === null) return;
  const until = Math.min(newest, now);
  // A clock that was wrong once must not make thousands of partitions.
  await to.prepareFor(Math.max(oldest, until - TEN_YEARS_MS), until);
}

async function copyTables(
  from: CopySide,
  to: CopySide,
  { id, from: source, table: first, after: reached }: Incoming,
  { copied, total }: { readonly copied: number; readonly total: number },
  progress: CopyProgress,
): Promise<void> {
  let done = copied;
  for (const table of TABLES.slice(TABLES.indexOf(first as CopiedTable))) {
    let after = table === first ? (reached?.map(decodeValue) ?? null) : null;
    for (;;) {
      const rows = await readRows(from.db, table, after);
      const last = rows.at(-1);
      if (last === undefined) break;
      const key = keyOf(table, last);
      after = [...key];
      await to.transaction(async (db) => {
        await assertEntered(db, to, id);
        await insertRows(db, table, rows);
        await writeMarker(db, 'incoming', { id, from: source, table, after: key.map(encodeValue) });
      });
      done += rows.length;
      progress.copying(table, Math.min(1, done / Math.max(1, total)));
    }
  }
}

async function compare(
  from: CopySide,
  to: CopySide,
  total: number,
  progress: CopyProgress,
): Promise<CopyReport['tables']> {
  const tables: { table: string; rows: number; digest: string }[] = [];
  let compared = 0;
  for (const table of TABLES) {
    const report = (rows: number) => {
      compared += rows;
      progress.comparing(table, Math.min(1, compared / Math.max(1, total * 2)));
    };
    const there = await digestTable(from.db, table, report);
    const here = await digestTable(to.db, table, report);
    if (there.rows !== here.rows || there.digest !== here.digest) {
      throw new CopyError(
        `The copy is not what it was made from: ${table} has ${there.rows} rows (SHA-256 ${there.digest.slice(0, 16)}…) in ${from.shown} and ${here.rows} (${here.digest.slice(0, 16)}…) in ${to.shown}. Another process wrote there. Cancel with --cancel and copy again.`,
      );
    }
    tables.push({ table, ...here });
  }
  return tables;
}

async function countRows(db: Kysely<Schema>): Promise<number> {
  let rows = 0;
  for (const table of TABLES) {
    const { n } = await db.selectFrom(table).select(sql<number>`count(*)`.as('n')).executeTakeFirstOrThrow();
    rows += Number(n);
  }
  return rows;
}
