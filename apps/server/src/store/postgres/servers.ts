/** Which processes have a database open, as they have said of themselves (presence.ts). */
import { servesBeside } from '../migrations/phases.ts';
import type { Session } from './session.ts';

/** Each process that is at work takes it shared whenever it says so; a migration that some could not stand takes it alone. */
export const SERVERS_LOCK = 5_726_301_119;
/** How long a process is taken to be at work after it last said so (ms). */
export const PRESENT_MS = 15_000;
/**
 * How long a version that does not say so is taken to be at work after its lease on the work behind the logs has run out
 * (ms). It renews that between rounds, which are up to 10 s apart and longer on a slow machine, and a lease lasts 5 s. When
 * it is stopped, it gives the lease back.
 */
const SILENT_MS = 60_000;
/** Its row in the table of leases is named by this and by the process. */
export const SERVER_ROW = 'server ';

/** A process that has the store open. */
export interface ServerAtWork {
  /** As it is shown to the operator. */
  readonly name: string;
  /** The newest migration that it knows; empty: that is not known. */
  readonly knows: string;
}

/** Later than this, an end was written by a clock that was ahead, before a failover: it counts for no one. */
const AT_WORK = `select name, holder from lease,
  (select extract(epoch from clock_timestamp()) * 1000 as now) as clock
  where expires_at <= now + ${PRESENT_MS} and case when starts_with(name, '${SERVER_ROW}') then expires_at > now
    else expires_at > now - ${SILENT_MS}
      and not exists (select from lease as own where own.name = '${SERVER_ROW}' || lease.holder) end`;

/**
 * Those that are at work, within a transaction that was begun. One of a version that does not say so is known by the
 * work behind the logs, if it has that.
 */
export async function serversAtWork(session: Session): Promise<readonly ServerAtWork[]> {
  const [lease] = await session.exchange([{ text: "select to_regclass('lease') is not null" }]);
  if (lease?.rows[0]?.[0] !== 't') return [];
  const [held] = await session.exchange([{ text: AT_WORK }]);
  const rows = (held?.rows ?? []).map(([name, holder]) => ({ name: name ?? '', holder: holder ?? '' }));
  const present = rows
    .filter(({ name }) => name.startsWith(SERVER_ROW))
    .map(({ name, holder }) => ({ name: name.slice(SERVER_ROW.length), knows: holder }));
  const silent = rows
    .filter(({ name }) => !name.startsWith(SERVER_ROW))
    .map(({ holder }) => ({ name: holder, knows: '' }));
  return [...present, ...silent];
}

/** Those that could not go on beside these migrations. */
export function inTheWayOf(migrations: readonly string[], servers: readonly ServerAtWork[]): string[] {
  return servers.filter(({ knows }) => !servesBeside(migrations, knows)).map(({ name }) => name);
}
