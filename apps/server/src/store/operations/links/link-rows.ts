import { type Kysely, type Selectable, sql } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import { type Link, type LinkPurpose, linkId, statusOf } from '../../../domain/links/link.ts';
import type { LinkEnd, LinkName } from '../../../domain/links/ports.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { LinkTable } from '../../link-tables.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { pruneEnded } from '../prune-ended.ts';

type Db = Kysely<Schema>;
export type LinkRow = Selectable<LinkTable>;

/** For so long after its end a page says what became of a link. */
export const KEPT_MS = 7 * DAY_MS;

export function toLink(row: LinkRow): Link {
  return {
    number: row.number,
    clientId: row.client_id,
    purpose: row.purpose as LinkPurpose,
    returnUrl: row.return_url,
    locale: row.locale,
    label: row.label,
    issuer: row.issuer,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    openedAt: row.opened_at,
    endedAt: row.ended_at,
    ending: row.ending as Link['ending'],
    redeemedAt: row.redeemed_at,
  };
}

/** Why a link cannot be used at `now` (ms, in its account); null: it can. */
export async function endOf(db: Db, row: LinkRow, now: number): Promise<LinkEnd | null> {
  if (!(await isOpenAccount(db, row.account_id))) return 'unavailable';
  switch (statusOf(toLink(row), now)) {
    case 'completed':
      return 'used';
    case 'cancelled':
      return 'cancelled';
    case 'expired':
      return 'expired';
    default:
      return null;
  }
}

/** Whether an account is neither disabled nor deleted; a test half is what its live account is. */
async function isOpenAccount(db: Db, accountId: number): Promise<boolean> {
  const { test_of: liveId, disabled_at: disabledAt } = await db
    .selectFrom('account')
    .select(['test_of', 'disabled_at'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow(accountNotFound);
  if (disabledAt !== null) return false;
  return liveId === null || isOpenAccount(db, liveId);
}

/** The link's row after its account is locked; null: there is none. Faults: account_not_found. */
export async function lockLink(db: Db, { accountId, number }: LinkName): Promise<LinkRow | null> {
  await lockAccount(db, accountId);
  const row = await db
    .selectFrom('link')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('number', '=', number)
    .executeTakeFirst();
  return row ?? null;
}

/** Writes columns of a link whose account is locked. */
export async function writeLink(
  db: Db,
  { account_id: accountId, number }: Pick<LinkRow, 'account_id' | 'number'>,
  columns: Partial<LinkRow>,
): Promise<void> {
  await db
    .updateTable('link')
    .set(columns)
    .where('account_id', '=', accountId)
    .where('number', '=', number)
    .execute();
}

/**
 * Ends the links of a client, or of all of an account's, and results that were not redeemed, after the account is locked.
 * Those of one client are events.
 */
export async function endLinksOf(
  db: Db,
  accountId: number,
  clientId: string | null,
  change: Change,
): Promise<void> {
  const all = db.updateTable('link').where('account_id', '=', accountId);
  const theirs = clientId === null ? all : all.where('client_id', '=', clientId);
  await theirs.set({ result_mac: null }).where('result_mac', 'is not', null).execute();
  const ended = await theirs
    .set({ ending: 'cancelled', ended_at: change.at })
    .where('ending', 'is', null)
    .returning('number')
    .execute();
  if (clientId === null) return;
  for (const { number } of ended)
    await recordEvent(db, accountId, notedEvent('link.cancelled', clientId, change, linkId(number)));
}

/**
 * Ends all links, and results that were not redeemed, in a store that was restored: which of them were used or cancelled
 * after the backup is not known. `now` in ms by the server's clock.
 */
export async function endLinksOfBackup(db: Db, now: number): Promise<void> {
  await db.updateTable('link').set({ result_mac: null }).where('result_mac', 'is not', null).execute();
  const offset = sql<number>`coalesce(
    (select clock_offset from account_head where account_head.account_id = link.account_id), 0)`;
  await db
    .updateTable('link')
    .set({ ending: 'cancelled', ended_at: sql<number>`${now} + ${offset}` })
    .where('ending', 'is', null)
    .execute();
}

const ENDING = { table: 'link', key: ['number'], end: 'keep_until' } as const;

/** Deletes links that ended long ago, some at once; `now` in ms by the server's clock. True when there may be more. */
export function forgetEndedLinks(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now);
}
