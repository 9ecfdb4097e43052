import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Client } from '../../../domain/clients/client.ts';
import type { ClientFilter } from '../../../domain/clients/ports.ts';
import type { Page, PageRequest } from '../../../domain/page.ts';
import type { Policy } from '../../../domain/verdicts/policy.ts';
import type { Schema } from '../../schema.ts';
import { pageAfter } from '../page.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { type ClientQuery, type ClientRow, clientRows, toClient } from './clients.ts';
import { fewLockedIds } from './locked-clients.ts';
import { fewWeakIds, WEAK_ONES } from './weak-clients.ts';

type Db = Kysely<Schema>;

/** How many rows a search looks at before it hands back a short page: it must not hold up validations. */
const ROWS_PER_SCAN = 1_000;
const SCANS_PER_PAGE = 10;
/** How many locked or weak clients are listed by their numbers. Of more, the walk through the list soon meets some. */
const FEW = 2_000;
const ROWS_PER_LOOK_UP = 250;

/**
 * Newest first. A filter is applied while walking the list in bounded strides, so a page may be shorter
 * than its limit and still have a next one. `pause` lets other work in between two strides. Locked clients and those with
 * a weak secret are first looked up in their own indexes. A cursor is always a client's number, so one page may come
 * from the walk and the next from an index.
 */
export async function listClients(
  db: Db,
  accountId: number,
  filter: ClientFilter,
  page: PageRequest,
  pause: () => Promise<void>,
): Promise<Page<Client>> {
  const policy = await findPolicy(db, accountId);
  let below = pageAfter.decode(page.cursor) ?? Number.MAX_SAFE_INTEGER;
  const ids = await fewIds(db, accountId, filter);
  if (ids !== null) {
    const rest = ids.filter((id) => id < below);
    return lookUpClients(db, accountId, rest, filter, page.limit, policy);
  }
  const found: ClientRow[] = [];
  for (let scan = 0; scan < SCANS_PER_PAGE; scan++) {
    const rest = db
      .selectFrom('client')
      .select('id')
      .where('account_id', '=', accountId)
      .where('id', '<', below)
      .orderBy('id', 'desc');
    const last = await rest
      .offset(ROWS_PER_SCAN - 1)
      .limit(1)
      .executeTakeFirst();
    const lowest = last?.id ?? 1;
    const rows = await matching(clientRows(db, accountId), filter)
      .where('client.id', '<', below)
      .where('client.id', '>=', lowest)
      .orderBy('client.id', 'desc')
      .limit(page.limit + 1 - found.length)
      .execute();
    found.push(...rows);
    if (found.length > page.limit) return pageOf(found, page.limit, policy);
    below = lowest;
    if (last === undefined) return { data: found.map((row) => toClient(row, policy)), nextCursor: null };
    await pause();
  }
  return { data: found.map((row) => toClient(row, policy)), nextCursor: pageAfter.encode(below) };
}

/** The numbers of all clients that can pass the filter, the highest first, where an index has them and they are few. */
async function fewIds(
  db: Db,
  accountId: number,
  { status, weak, now }: ClientFilter,
): Promise<readonly number[] | null> {
  const locked = status === 'locked' ? await fewLockedIds(db, accountId, now, FEW) : null;
  if (locked !== null) return locked;
  return weak === true ? fewWeakIds(db, accountId, FEW) : null;
}

/** A page of those of the clients with these numbers that pass the filter. */
async function lookUpClients(
  db: Db,
  accountId: number,
  ids: readonly number[],
  filter: ClientFilter,
  limit: number,
  policy: Policy,
): Promise<Page<Client>> {
  const found: ClientRow[] = [];
  for (let from = 0; from < ids.length && found.length <= limit; from += ROWS_PER_LOOK_UP) {
    const some = ids.slice(from, from + ROWS_PER_LOOK_UP);
    // Again by the whole filter: since their numbers were read, some may have been unlocked.
    const rows = await matching(clientRows(db, accountId), filter).where('client.id', 'in', some).execute();
    found.push(...rows.sort((one, other) => other.id - one.id));
  }
  return pageOf(found, limit, policy);
}

function pageOf(found: readonly ClientRow[], limit: number, policy: Policy): Page<Client> {
  const { data, nextCursor } = pageAfter.of(found, limit, (row) => row.id);
  return { data: data.map((row) => toClient(row, policy)), nextCursor };
}

function matching(query: ClientQuery, { q, status, weak, now }: ClientFilter): ClientQuery {
  return query.where((where) => {
    const conditions: Expression<SqlBool>[] = [];
    if (q !== null) {
      const contains = (column: 'client.client_id' | 'client.label' | 'client.issuer', text: string) =>
        where(where.fn<string>('unicode_lower', [column]), 'like', likePattern(text));
      // Ids are in NFC; the others are as they were sent.
      conditions.push(
        where.or([
          contains('client.client_id', q.normalize('NFC')),
          contains('client.label', q),
          contains('client.issuer', q),
        ]),
      );
    }
    const isLocked = where.or([where('state.locked', '=', 1), where('state.delayed_until', '>', now)]);
    const isConfirmed = where('state.pending_until', 'is', null);
    // One whose enrolment was not confirmed in time is none.
    conditions.push(where.or([isConfirmed, where('state.pending_until', '>', now)]));
    if (weak === true) conditions.push(sql<SqlBool>`exists (${WEAK_ONES})`);
    if (weak === false) conditions.push(sql<SqlBool>`not exists (${WEAK_ONES})`);
    const isEnabled = where('state.disabled', '=', 0);
    if (status === 'disabled') conditions.push(where('state.disabled', '=', 1));
    if (status === 'pending') conditions.push(isEnabled, where.not(isConfirmed));
    if (status === 'locked') conditions.push(isEnabled, isConfirmed, isLocked);
    if (status === 'active') conditions.push(isEnabled, isConfirmed, where.not(isLocked));
    return where.and(conditions);
  });
}

/** A backslash as the escape character works in both dialects; the three special characters are themselves. */
function likePattern(text: string) {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<string>`${pattern} escape '\\'`;
}
