import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_PAUSE_MS } from '../../domain/log/ports.ts';
import type { Session } from './session.ts';

/** Longer than a server that is idle leaves the database alone (the pause between two rounds of background/log-keeper.ts). */
export const WATCH_MS = MAX_PAUSE_MS + 2_000;
const LOOK_EVERY_MS = 250;
const SHOWN = 3;

/** Others are connected to the database, and could have codes of it in their memory. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
}

/**
 * Who else could be a server: of the same user or the same name, or of any user who may write what codes are judged
 * by. A superuser under another name is an administrator. `now()` is when this transaction began; what may not be
 * seen counts as busy.
 */
const OTHERS = `select a.pid, a.usename, a.application_name,
    a.state is distinct from 'idle' or coalesce(a.query_start > now(), false) as busy
  from pg_stat_activity a
    join pg_stat_activity me on me.pid = pg_backend_pid() and me.datid = a.datid
    join pg_roles r on r.oid = a.usesysid
  where a.pid <> me.pid and (a.usesysid = me.usesysid or a.application_name = me.application_name
    or not r.rolsuper and has_table_privilege(a.usesysid, 'authenticator_state', 'update'))
  order by busy desc, a.pid`;

interface Other {
  readonly pid: string;
  readonly user: string;
  readonly application: string;
  readonly busy: boolean;
}

/**
 * Watches the other connections of the database, within a transaction that was begun. Where connections lead to the
 * server itself none may be open at the end, as a running server always has one, also while it is frozen. A pooler
 * keeps its own open after the servers are gone: there, none may be used.
 *
 * @throws {DatabaseInUseError} which names the connections
 */
export async function assertUnused(session: Session, watchMs: number): Promise<void> {
  const end = performance.now() + watchMs;
  for (;;) {
    const { isPooled, others } = await look(session);
    const isOver = performance.now() >= end;
    refuse(isOver && !isPooled ? others : others.filter(({ busy }) => busy));
    if (isOver) return;
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * That no session is at work at this moment. Waits for no lock: one that a frozen server holds is let go when PostgreSQL
 * ends its transaction, and nothing is left of it to be seen.
 *
 * @throws {DatabaseInUseError} which names the connections
 */
export async function assertNobodyBusy(session: Session): Promise<void> {
  const { others } = await look(session);
  refuse(others.filter(({ busy }) => busy));
}

async function look(session: Session): Promise<{ isPooled: boolean; others: readonly Other[] }> {
  // What PostgreSQL tells of connections stays as it was first seen until it is asked to refresh.
  const [, own, found] = await session.exchange([
    { text: 'select pg_stat_clear_snapshot()' },
    { text: 'select pg_backend_pid()' },
    { text: OTHERS },
  ]);
  const isPooled = String(session.peer.processId) !== own?.rows[0]?.[0];
  return { isPooled, others: (found?.rows ?? []).map(otherOf) };
}

function refuse(inUse: readonly Other[]): void {
  if (inUse.length > 0) throw new DatabaseInUseError(shown(inUse));
}

function otherOf([pid, user, application, busy]: readonly (string | null)[]): Other {
  return { pid: pid ?? '', user: user ?? '', application: application ?? '', busy: busy !== 'f' };
}

function shown(others: readonly Other[]): string {
  const named = others
    .slice(0, SHOWN)
    .map(({ pid, user, application }) => `process ${pid} of ${user} (${application || 'without a name'})`);
  const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : '';
  return `connected there: ${named.join(', ')}${more}`;
}
