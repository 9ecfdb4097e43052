import type { Kysely, Selectable } from 'kysely';
import { accountNotFound } from '../../../domain/errors.ts';
import { type Link, type LinkPurpose, statusOf } from '../../../domain/links/link.ts';
import type { LinkEnd, LinkName } from '../../../domain/links/ports.ts';
import { CLOCKS_APART_MS } from '../../../domain/receipts/receipt.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { LinkTable } from '../../link-tables.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { pruneEnded } from '../prune-ended.ts';
import { lastRestore } from '../receipts/receipts.ts';

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

/**
 * Why a link cannot be used at `now` (ms, in its account); null: it can. Links of before a restore have ended: what was
 * used or cancelled after the backup is not known.
 */
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
      return (await isOfBeforeRestore(db, row.account_id, row.created_at)) ? 'cancelled' : null;
  }
}

/** Whether something of this time (ms) may have been undone by a restore. */
export async function isOfBeforeRestore(db: Db, accountId: number, at: number): Promise<boolean> {
  const restoredAt = await lastRestore(db, accountId);
  return restoredAt !== null && at <= restoredAt + CLOCKS_APART_MS;
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

/** Ends the links of a client that goes, and results that were not redeemed. */
export async function endLinksOf(db: Db, accountId: number, clientId: string, at: number): Promise<void> {
  const ofClient = db
    .updateTable('link')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId);
  await ofClient.set({ result_mac: null }).where('result_mac', 'is not', null).execute();
  await ofClient.set({ ending: 'cancelled', ended_at: at }).where('ending', 'is', null).execute();
}

const ENDING = { table: 'link', key: ['number'], end: 'keep_until' } as const;

/** Deletes links that ended long ago, some at once; `now` in ms by the server's clock. True when there may be more. */
export function forgetEndedLinks(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now);
}
