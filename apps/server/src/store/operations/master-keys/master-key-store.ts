import type { MasterKeyStore } from '../../../domain/master-keys/master-keys.ts';
import type { Executor } from '../../operations-store.ts';
import * as masterKeys from './master-keys.ts';

/** The part of a store that knows which master key wraps what; the same in both dialects. */
export function masterKeyStore(read: Executor['read'], write: Executor['writeOnce']): MasterKeyStore {
  return {
    masterKeyIds: () => read(masterKeys.masterKeyIds, 'upkeep'),
    countWrapped: () => read(masterKeys.countWrapped, 'upkeep'),
    rewrapKeys: (rewrapper, skip, limit, change) =>
      write((db) => masterKeys.rewrapKeys(db, rewrapper, skip, limit, change), 'upkeep'),
    async holdMasterKeys(work) {
      const outcome = await write((db) => masterKeys.holdMasterKeys(db, work), 'upkeep');
      return outcome();
    },
  };
}
