import type { Kysely } from 'kysely';
import type { ClientStore } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Schema } from '../../schema.ts';
import { proofOf } from '../authenticators/prove.ts';
import type { PlainChange, RecordedChange } from '../log/recorded-change.ts';
import * as clients from './clients.ts';
import { countClocksAhead } from './clocks-ahead.ts';
import { exportClients } from './export-clients.ts';
import { importClients, planImport } from './import-clients.ts';
import { listClients } from './list-clients.ts';
import { registerClient } from './register-client.ts';
import { resetClientClock } from './reset-clock.ts';
import { rotateClient } from './rotate-client.ts';

type Read<T> = (db: Kysely<Schema>, pause: () => Promise<void>) => Promise<T>;

/**
 * What a store does with clients, the same in both dialects.
 *
 * @param search a read that may look at thousands of rows
 */
export function clientStore(
  read: <T>(query: Read<T>, lane: number | 'upkeep') => Promise<T>,
  search: <T>(query: Read<T>, accountId: number) => Promise<T>,
  change: RecordedChange,
  plainChange: PlainChange,
  box: SecretBox,
  keys: AuthenticatorKeys,
): Omit<ClientStore, 'countClients'> {
  return {
    registerClient: (client, made) =>
      change(client.accountId, 'client.registered', client.clientId, made, (db, made) =>
        registerClient(db, box, client, made),
      ),
    rotateClient: (rotation, made) =>
      change(rotation.accountId, 'client.rotated', rotation.clientId, made, (db, made) =>
        rotateClient(db, box, rotation, made, proofOf(db, box, keys, rotation.proof, made)),
      ),
    importClients: (accountId, imported, rules, made) =>
      plainChange(accountId, made, (db, made) => importClients(db, box, accountId, imported, rules, made)),
    planImport: (accountId, imported, rules, at) =>
      read((db) => planImport(db, box, accountId, imported, rules, at), accountId),
    exportClients: (accountId, after, limit, made) =>
      plainChange(accountId, made, (db, made) => exportClients(db, box, accountId, after, limit, made)),
    findClient: (accountId, clientId) => read((db) => clients.findClient(db, accountId, clientId), accountId),
    listClients: (accountId, filter, page) =>
      search((db, pause) => listClients(db, accountId, filter, page, pause), accountId),
    unlockClient: (accountId, clientId, made, forgotten) =>
      change(accountId, 'client.unlocked', clientId, made, (db, made) =>
        clients.unlockClient(db, accountId, clientId, made, forgotten),
      ),
    countClocksAhead: (now) => read((db, pause) => countClocksAhead(db, now, pause), 'upkeep'),
    resetClientClock: (accountId, clientId, made, forgotten) =>
      change(accountId, 'client.clock_reset', clientId, made, (db, made) =>
        resetClientClock(db, box, accountId, clientId, made, forgotten),
      ),
    setClientDisabled: (accountId, clientId, disabled, made) =>
      change(accountId, disabled ? 'client.disabled' : 'client.enabled', clientId, made, (db, made) =>
        clients.setClientDisabled(db, accountId, clientId, disabled, made),
      ),
    updateClient: (accountId, clientId, texts, made) =>
      change(accountId, 'client.updated', clientId, made, (db, made) =>
        clients.updateClient(db, accountId, clientId, texts, made),
      ),
    deleteClient: (accountId, clientId, made) =>
      change(accountId, 'client.deleted', clientId, made, (db, made) =>
        clients.deleteClient(db, box, accountId, clientId, made),
      ),
  };
}
