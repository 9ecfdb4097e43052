import type { Kysely } from 'kysely';
import { INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import {
  receiptExpired,
  receiptOfBeforeRestore,
  receiptRedeemed,
  receiptUnknown,
} from '../../../domain/receipts/faults.ts';
import type { RedeemedReceipt } from '../../../domain/receipts/ports.ts';
import { CLOCKS_APART_MS, SPENT_KEPT_MS } from '../../../domain/receipts/receipt.ts';
import { RESTORE_MARK } from '../../judging/raised-watermark.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { recordEvent } from '../log/record-event.ts';
import { pruneEnded } from '../prune-ended.ts';

type Db = Kysely<Schema>;

/**
 * Redeems a receipt under its account's lock, once. Faults: receipt_expired, also for one of before a restore;
 * receipt_unknown for one that says it is from the future; receipt_redeemed.
 */
export async function redeemReceipt(
  db: Db,
  accountId: number,
  { clientId, jti, issuedAt, expiresAt, event }: RedeemedReceipt,
  { at, origin }: Change,
): Promise<void> {
  await lockAccount(db, accountId);
  if (expiresAt <= at) throw receiptExpired();
  // Issued while a clock was ahead, or in a time that a restore has undone: it would live for longer than it says.
  if (issuedAt > at + CLOCKS_APART_MS) throw receiptUnknown();
  const restoredAt = await lastRestore(db, accountId);
  if (restoredAt !== null && issuedAt <= restoredAt + CLOCKS_APART_MS) throw receiptOfBeforeRestore();
  const { numInsertedOrUpdatedRows: spent } = await db
    .insertInto('spent_receipt')
    .values({ account_id: accountId, jti, keep_until: expiresAt + SPENT_KEPT_MS })
    .onConflict((conflict) => conflict.columns(['account_id', 'jti']).doNothing())
    .executeTakeFirstOrThrow();
  if (spent !== 1n) throw receiptRedeemed();
  await recordEvent(db, accountId, {
    event: 'receipt.redeemed',
    outcome: 'success',
    // Which code it was for.
    reason: String(event),
    clientId,
    at,
    origin,
  });
}

/** When the store was last restored, by the clock of the account (ms); null: never that is remembered. */
async function lastRestore(db: Db, accountId: number): Promise<number | null> {
  const marks = await db
    .selectFrom('deleted_secret')
    .select('watermark')
    .where('account_id', 'in', [accountId, INSTALLATION_ACCOUNT])
    .where('fingerprint', '=', RESTORE_MARK)
    .execute();
  if (marks.length === 0) return null;
  return Math.max(...marks.map(({ watermark }) => watermark)) * 1000;
}

const ENDING = { table: 'spent_receipt', key: ['jti'], end: 'keep_until' } as const;

/** Forgets receipts that have expired for all clocks, some at once. True when there may be more of them. */
export function forgetSpentReceipts(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now);
}
