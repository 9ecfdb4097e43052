import { type Kysely, sql } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import { MAX_OFFSET_MS, testClockSpent } from '../../../domain/test-mode/test-clock.ts';
import type { Schema } from '../../schema.ts';
import { appendEvent } from '../log/append-event.ts';

type Db = Kysely<Schema>;

/**
 * A change with the time that its account has now. The clock of a test half may have been set forward after the bearer
 * was looked up, here or on another node: nothing may be judged or logged by the older time. The account is locked, so
 * that the clock stays as it is until the transaction ends. A change of a live account is given back as it is, and
 * nothing is read for it.
 */
export async function inTimeOf<C extends { readonly at: number; readonly offsetMs?: number }>(
  db: Db,
  accountId: number,
  made: C,
): Promise<C> {
  if (made.offsetMs === undefined) return made;
  const offsetMs = await lockedOffset(db, accountId);
  return { ...made, at: made.at - made.offsetMs + offsetMs, offsetMs };
}

/** Locks the account as `lockAccount` does, and gives by how many ms its clock is ahead. Faults: account_not_found. */
async function lockedOffset(db: Db, accountId: number): Promise<number> {
  const head = await db
    .updateTable('account_head')
    .set({ last_event: sql<number>`last_event` })
    .where('account_id', '=', accountId)
    .returning('clock_offset')
    .executeTakeFirstOrThrow(accountNotFound);
  return head.clock_offset;
}

/** Locks a test half. Faults: account_not_found, also for a live account. */
export async function lockTestHalf(db: Db, accountId: number): Promise<number> {
  const offsetMs = await lockedOffset(db, accountId);
  await assertTestHalf(db, accountId);
  return offsetMs;
}

/**
 * That what is to be done is done in a test half. The routes have made sure of it already; here it holds for every caller,
 * as the clock, the codes and all clients of a live account must be out of reach. Faults: account_not_found.
 */
export async function assertTestHalf(db: Db, accountId: number): Promise<void> {
  const half = await db
    .selectFrom('account')
    .select('id')
    .where('id', '=', accountId)
    .where('test_of', 'is not', null)
    .executeTakeFirst();
  if (half === undefined) throw accountNotFound();
}

/** Sets the clock forward; the event bears the new time. Faults: account_not_found, test_clock_spent. */
export async function advanceTestClock(
  db: Db,
  accountId: number,
  byMs: number,
  { at, origin }: Change,
): Promise<number> {
  const before = await lockTestHalf(db, accountId);
  const offsetMs = before + byMs;
  if (offsetMs > MAX_OFFSET_MS) throw testClockSpent(MAX_OFFSET_MS - before);
  await db
    .updateTable('account_head')
    .set({ clock_offset: offsetMs })
    .where('account_id', '=', accountId)
    .execute();
  await appendEvent(db, accountId, {
    event: 'test.clock_advanced',
    outcome: 'success',
    reason: String(byMs / 1000),
    clientId: null,
    at: at + byMs,
    origin,
  });
  return offsetMs;
}
