import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { ClientFilter, Page, PageRequest } from '../../domain/ports.ts';
import type { Client } from '../../domain/records.ts';
import { pageAfter } from '../page.ts';
import type { Schema } from '../schema.ts';
import { type ClientQuery, type ClientRow, clientRows, toClient } from './clients.ts';

type Db = Kysely<Schema>;

/** How many rows a search looks at before it hands back a short page: it must not hold up validations. */
const ROWS_PER_SCAN = 2_000;
const SCANS_PER_PAGE = 5;

/**
 * Newest first. A filter is applied while walking the list in bounded strides, so a page may be shorter
 * than its limit and still have a next one. `pause` lets other work in between two strides.
 */
export async function listClients(
  db: Db,
  accountId: number,
  filter: ClientFilter,
  page: PageRequest,
  pause: () => Promise<void>,
): Promise<Page<Client>> {
  const found: ClientRow[] = [];
  let below = pageAfter.decode(page.cursor) ?? Number.MAX_SAFE_INTEGER;
  for (let scan = 0; scan < SCANS_PER_PAGE; scan++) {
    const stride = await db
      .selectFrom('client')
      .select('id')
      .where('account_id', '=', accountId)
      .where('id', '<', below)
      .orderBy('id', 'desc')
      .limit(ROWS_PER_SCAN)
      .execute();
    const lowest = stride.at(-1)?.id;
    if (lowest === undefined) return { data: found.map(toClient), nextCursor: null };
    const rows = await matching(clientRows(db, accountId), filter)
      .where('client.id', '<', below)
      .where('client.id', '>=', lowest)
      .orderBy('client.id', 'desc')
      .limit(page.limit + 1 - found.length)
      .execute();
    found.push(...rows);
    if (found.length > page.limit) {
      const full = pageAfter.of(found, page.limit, (row) => row.id);
      return { data: full.data.map(toClient), nextCursor: full.nextCursor };
    }
    below = lowest;
    if (stride.length < ROWS_PER_SCAN) return { data: found.map(toClient), nextCursor: null };
    await pause();
  }
  return { data: found.map(toClient), nextCursor: pageAfter.encode(below) };
}

function matching(query: ClientQuery, { q, status, now }: ClientFilter): ClientQuery {
  return query.where((where) => {
    const conditions: Expression<SqlBool>[] = [];
    if (q !== null) {
      // A backslash as the escape character works in both dialects; the three special characters are themselves.
      const pattern = `%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
      const contains = (column: 'client.client_id' | 'client.label' | 'client.issuer') =>
        where(where.fn<string>('unicode_lower', [column]), 'like', likePattern(pattern));
      conditions.push(
        where.or([contains('client.client_id'), contains('client.label'), contains('client.issuer')]),
      );
    }
    const isLocked = where.or([where('state.locked', '=', 1), where('state.delayed_until', '>', now)]);
    if (status === 'disabled') conditions.push(where('state.disabled', '=', 1));
    if (status === 'locked') conditions.push(where('state.disabled', '=', 0), isLocked);
    if (status === 'active') conditions.push(where('state.disabled', '=', 0), where.not(isLocked));
    return where.and(conditions);
  });
}

function likePattern(pattern: string) {
  return sql<string>`${pattern} escape '\\'`;
}
