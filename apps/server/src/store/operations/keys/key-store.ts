import type { KeyStore } from '../../../domain/keys/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { PlainChange, RecordedChange } from '../log/recorded-change.ts';
import * as apiKeys from './api-keys.ts';
import { countKeys } from './count-keys.ts';
import { readKeyUse } from './key-use.ts';

/** What a store does with API keys, the same in both dialects; each looks up bearers in its own way. */
export function keyStore(
  { read, write }: Pick<Executor, 'read' | 'write'>,
  change: RecordedChange,
  plainChange: PlainChange,
): Omit<KeyStore, 'findApiKey'> {
  return {
    createApiKey: (key, made) =>
      plainChange(key.accountId, made, (db, timed) => apiKeys.createApiKey(db, key, timed)),
    findKeyHolder: (id) => read((db) => apiKeys.findKeyHolder(db, id), 'upkeep'),
    readApiKey: (accountId, id) => read((db) => apiKeys.readApiKey(db, accountId, id), accountId),
    readKeyUse: (accountId, id, first) => read((db) => readKeyUse(db, accountId, id, first), accountId),
    countKeys: (now) => countKeys({ read }, now),
    listApiKeys: (accountId, page) => read((db) => apiKeys.listApiKeys(db, accountId, page), accountId),
    revokeApiKey: (accountId, id, made) =>
      change(accountId, 'key.revoked', null, made, (db, timed) =>
        apiKeys.revokeApiKey(db, accountId, id, timed),
      ),
    touchApiKey: (accountId, id, at) =>
      write((db) => apiKeys.touchApiKey(db, accountId, id, at), `uses of ${accountId}`),
  };
}
