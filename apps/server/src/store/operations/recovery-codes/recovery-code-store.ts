import type { RecoveryCodeStore } from '../../../domain/recovery-codes/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import {
  createRecoveryCodes,
  deleteRecoveryCodes,
  findRecoveryCodes,
  useRecoveryCode,
} from './recovery-codes.ts';

/**
 * What a store does with the recovery codes of clients, the same in both dialects.
 *
 * @param changeInStep a change that is refused while the clock is out of step: codes are judged by the time
 */
export function recoveryCodeStore(
  read: Executor['read'],
  change: RecordedChange,
  changeInStep: RecordedChange,
): RecoveryCodeStore {
  return {
    createClientRecoveryCodes: (accountId, clientId, macs, made) =>
      change(accountId, 'client.recovery_codes_created', clientId, made, (db, made) =>
        createRecoveryCodes(db, accountId, clientId, macs, made),
      ),
    findClientRecoveryCodes: (accountId, clientId, now) =>
      read((db) => findRecoveryCodes(db, accountId, clientId, now), accountId),
    deleteClientRecoveryCodes: (accountId, clientId, made) =>
      change(accountId, 'client.recovery_codes_deleted', clientId, made, (db, made) =>
        deleteRecoveryCodes(db, accountId, clientId, made),
      ),
    useClientRecoveryCode: (attempt, made) =>
      changeInStep(attempt.accountId, 'client.recovery_code_used', attempt.clientId, made, (db, made) =>
        useRecoveryCode(db, attempt, made),
      ),
  };
}
