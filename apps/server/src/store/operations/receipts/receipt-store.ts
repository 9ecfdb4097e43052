import type { ReceiptStore } from '../../../domain/receipts/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import { redeemReceipt } from './receipts.ts';
import { readServerKeys, rotateSigningKey } from './signing-keys.ts';

/**
 * What a store does with receipts and the keys that sign them, the same in both dialects.
 *
 * @param changeInStep a change that is refused while the clock is out of step: whether a receipt has expired is judged by it
 */
export function receiptStore(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  changeInStep: RecordedChange,
): ReceiptStore {
  return {
    readServerKeys: () => read(readServerKeys, 'upkeep'),
    rotateSigningKey: (make, made) => write((db) => rotateSigningKey(db, make, made), 'upkeep'),
    redeemReceipt: (accountId, receipt, made) =>
      changeInStep(accountId, 'receipt.redeemed', receipt.clientId, made, (db, made) =>
        redeemReceipt(db, accountId, receipt, made),
      ),
  };
}
