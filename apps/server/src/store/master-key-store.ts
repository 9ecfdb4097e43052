import type { Kysely } from 'kysely';
import type { MasterKeyStore } from '../domain/master-keys.ts';
import * as masterKeys from './operations/master-keys.ts';
import type { Schema } from './schema.ts';

type Run = <T>(query: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

/** The part of a store that knows which master key wraps what; the same in both dialects. */
export function masterKeyStore(read: Run, write: Run): MasterKeyStore {
  return {
    masterKeyIds: () => read(masterKeys.masterKeyIds),
    countWrapped: () => read(masterKeys.countWrapped),
    rewrapKeys: (rewrapper, skip, limit, change) =>
      write((db) => masterKeys.rewrapKeys(db, rewrapper, skip, limit, change)),
    async holdMasterKeys(work) {
      const outcome = await write((db) => masterKeys.holdMasterKeys(db, work));
      return outcome();
    },
  };
}
