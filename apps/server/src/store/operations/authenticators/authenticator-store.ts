import type { Kysely } from 'kysely';
import type { AuthenticatorStore } from '../../../domain/authenticators/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Schema } from '../../schema.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import { addAuthenticator } from './add-authenticator.ts';
import { listAuthenticators, removeAuthenticator, updateAuthenticator } from './change-authenticator.ts';
import { confirmAuthenticator } from './confirm-authenticator.ts';
import { diagnoseClient } from './diagnose-client.ts';
import { proofOf } from './prove.ts';
import { resyncAuthenticator } from './resync-authenticator.ts';

type Query<T> = (db: Kysely<Schema>) => Promise<T>;

/** What a store does with authenticators, the same in both dialects. */
export function authenticatorStore(
  read: <T>(query: Query<T>, accountId: number) => Promise<T>,
  change: RecordedChange,
  box: SecretBox,
  keys: AuthenticatorKeys,
): Omit<AuthenticatorStore, 'expireAuthenticators'> {
  return {
    addAuthenticator: (asked, made) =>
      change(asked.accountId, 'authenticator.added', asked.clientId, made, (db, made) =>
        addAuthenticator(db, box, asked, made, proofOf(db, box, keys, asked.proof, made)),
      ),
    confirmAuthenticator: (name, made) =>
      change(name.accountId, 'authenticator.confirmed', name.clientId, made, (db, made) =>
        confirmAuthenticator(db, box, keys, name, made),
      ),
    listAuthenticators: (accountId, clientId, now) =>
      read((db) => listAuthenticators(db, accountId, clientId, now), accountId),
    updateAuthenticator: (name, changes, made) => {
      const event = changes.name === undefined ? 'authenticator.resynced' : 'authenticator.renamed';
      return change(name.accountId, event, name.clientId, made, (db, made) =>
        updateAuthenticator(db, box, name, changes, made),
      );
    },
    diagnoseClient: (asked, made) =>
      change(asked.accountId, 'client.diagnosed', asked.clientId, made, (db, made) =>
        diagnoseClient(db, box, asked, made),
      ),
    resyncAuthenticator: (resync, made) =>
      change(resync.accountId, 'authenticator.resynced', resync.clientId, made, (db, made) =>
        resyncAuthenticator(db, box, keys, resync, made),
      ),
    removeAuthenticator: (name, made) =>
      change(name.accountId, 'authenticator.removed', name.clientId, made, (db, made) =>
        removeAuthenticator(db, box, name, made),
      ),
  };
}
