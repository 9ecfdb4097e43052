import type { ReceiptStore } from '../../../domain/receipts/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import { redeemReceipt } from './receipts.ts';
import { readServerKeys, rotateSigningKey } from './signing-keys.ts';

/** What a store does with receipts and the keys that sign them, the same in both dialects. */
export function receiptStore(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  change: RecordedChange,
): ReceiptStore {
  return {
    readServerKeys: () => read(readServerKeys, 'upkeep'),
    rotateSigningKey: (make, made) => write((db) => rotateSigningKey(db, make, made), 'upkeep'),
    redeemReceipt: (accountId, receipt, made) =>
      change(accountId, 'receipt.redeemed', receipt.clientId, made, (db, made) =>
        redeemReceipt(db, accountId, receipt, made),
      ),
  };
}
