import type { Connections } from './connections.ts';
import type { Session } from './session.ts';
import { begin, commit } from './transaction.ts';

/** A partition of the log holds a week, from Thursday to Wednesday, as the epoch began on a Thursday. */
export const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** Made so long before they are needed. */
const WEEKS_AHEAD = 4;
/** Changing partitions locks the log for a moment; when it is busy, the next round tries again. */
const QUICK = { statementTimeoutMs: 10_000, lockTimeoutMs: 500 };
const CHECK_VIOLATION = '23514';
const LOCK_NOT_AVAILABLE = '55P03';
const DUPLICATE = '42P07';
const TOOK_TOO_LONG = '57014';

/** The name of the partition for events of the week that begins at `from` (ms). */
function partitionName(from: number): string {
  return `event_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** Makes the partitions for the weeks from `now` on, and for those since `since`, as far as they are missing. */
export async function addPartitions(connections: Connections, now: number, since = now): Promise<void> {
  const first = Math.floor(since / WEEK_MS) * WEEK_MS;
  const weeks = Math.floor((now - first) / WEEK_MS) + WEEKS_AHEAD;
  const session = await connections.acquire();
  try {
    for (let week = 0; week <= weeks; week++) await addPartition(session, first + week * WEEK_MS);
  } finally {
    await session.release();
  }
}

/** Makes those from `now` on within a transaction that was begun. */
export async function addPartitionsWithin(session: Session, now: number): Promise<void> {
  const first = Math.floor(now / WEEK_MS) * WEEK_MS;
  for (let week = 0; week <= WEEKS_AHEAD; week++) {
    const from = first + week * WEEK_MS;
    if (await isThere(session, from)) continue;
    await session.exchange([{ text: 'savepoint partition' }]);
    try {
      await session.exchange([{ text: creationOf(from) }]);
    } catch (error) {
      if ((error as { code?: string }).code !== CHECK_VIOLATION) throw error;
      await session.exchange([{ text: 'rollback to savepoint partition' }]);
    }
  }
}

async function isThere(session: Session, from: number): Promise<boolean> {
  const values = [partitionName(from)];
  const [there] = await session.exchange([{ text: 'select to_regclass($1) is not null', values }]);
  return there?.rows[0]?.[0] === 't';
}

function creationOf(from: number): string {
  return `create table ${partitionName(from)} partition of event for values from (${from}) to (${from + WEEK_MS})`;
}

async function addPartition(session: Session, from: number): Promise<void> {
  if (await isThere(session, from)) return;
  try {
    await begin(session, QUICK, [{ text: creationOf(from) }]);
    await commit(session);
  } catch (error) {
    // Where the connection is gone, that is the error.
    await session.exchange([{ text: 'rollback' }]).catch(() => {});
    const { code = '' } = error as { code?: string };
    if (code === CHECK_VIOLATION) await movePartition(session, from);
    // Another node was faster, or the log is busy.
    else if (![LOCK_NOT_AVAILABLE, DUPLICATE].includes(code)) throw error;
  }
}

/**
 * Makes the partition of a week of which there are events in `event_other` already, and moves them there: test halves whose
 * clocks are ahead write such, and everybody's events of that week would have to join them. The log is locked at the end
 * alone. Where there are too many to move in the time of a statement, they stay.
 */
async function movePartition(session: Session, from: number): Promise<void> {
  const name = partitionName(from);
  const until = from + WEEK_MS;
  try {
    await begin(session, QUICK, [
      { text: `create table ${name} (like event including defaults including constraints)` },
      {
        text: `with moved as (delete from event_other where at >= ${from} and at < ${until} returning *)
          insert into ${name} select * from moved`,
      },
      { text: `alter table event attach partition ${name} for values from (${from}) to (${until})` },
    ]);
    await commit(session);
  } catch (error) {
    await session.exchange([{ text: 'rollback' }]).catch(() => {});
    const { code = '' } = error as { code?: string };
    if (![CHECK_VIOLATION, LOCK_NOT_AVAILABLE, DUPLICATE, TOOK_TOO_LONG].includes(code)) throw error;
  }
}

/**
 * Drops the partitions of past weeks all of whose events were pruned. What was pruned is not shown from that
 * moment on; here it goes from the disk.
 *
 * @returns the names of those that were dropped
 */
export async function dropPruned(connections: Connections, now: number): Promise<string[]> {
  const dropped: string[] = [];
  const session = await connections.acquire();
  try {
    const [partitions] = await session.exchange([
      {
        text: `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'event'::regclass and c.relname < $1 and c.relname <> 'event_other' order by 1`,
        values: [partitionName(Math.floor(now / WEEK_MS) * WEEK_MS)],
      },
    ]);
    for (const [name] of partitions?.rows ?? []) {
      if (name !== null && name !== undefined && (await dropIfPruned(session, name))) dropped.push(name);
    }
  } finally {
    await session.release();
  }
  return dropped;
}

async function dropIfPruned(session: Session, name: string): Promise<boolean> {
  const isNeeded = {
    text: `select exists (select from ${name} e left join log_tree t on t.account_id = e.account_id
      where e.id > coalesce(t.pruned_to, 0))`,
  };
  const [needed] = await session.exchange([isNeeded]);
  if (needed?.rows[0]?.[0] !== 'f') return false;
  try {
    // Nothing is written into a past week but by a clock that is wrong: looked at again under the lock.
    const [, still] = await begin(session, QUICK, [
      { text: `lock table ${name} in access exclusive mode` },
      isNeeded,
    ]);
    await commit(session, still?.rows[0]?.[0] === 'f' ? [{ text: `drop table ${name}` }] : []);
    return still?.rows[0]?.[0] === 'f';
  } catch (error) {
    await session.exchange([{ text: 'rollback' }]).catch(() => {});
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    return false;
  }
}
