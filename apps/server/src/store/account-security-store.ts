import type { Kysely } from 'kysely';
import type { AccountSecurityStore } from '../domain/account-security/ports.ts';
import type { SecretBox } from '../domain/ports.ts';
import { findOwnAuthenticator } from './operations/own-authenticator.ts';
import { changePassword } from './operations/passwords.ts';
import * as sessions from './operations/sessions.ts';
import * as twoFactor from './operations/two-factor.ts';
import type { Schema } from './schema.ts';

type Run = <T>(query: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

/** The part of a store that guards the accounts themselves; the same in both dialects. */
export function accountSecurityStore(read: Run, write: Run, box: SecretBox): AccountSecurityStore {
  return {
    createSession: (session, checked, change) =>
      write((db) => sessions.createSession(db, session, checked, change)),
    findSession: (accountPublicId, id, now) =>
      read((db) => sessions.findSession(db, accountPublicId, id, now)),
    touchSession: (accountPublicId, id, at) =>
      write((db) => sessions.touchSession(db, accountPublicId, id, at)),
    listSessions: (accountId, now, page) => read((db) => sessions.listSessions(db, accountId, now, page)),
    endSession: (id, change) => write((db) => sessions.endSession(db, id, change)),
    endOtherSessions: (change) => write((db) => sessions.endOtherSessions(db, change)),
    changePassword: (passwordHash, change) => write((db) => changePassword(db, passwordHash, change)),
    findOwnAuthenticator: (accountId) => read((db) => findOwnAuthenticator(db, accountId)),
    startTwoFactor: (authenticator, change) =>
      write((db) => twoFactor.startTwoFactor(db, box, authenticator, change)),
    activateTwoFactor: (number, macs, change) =>
      write((db) => twoFactor.activateTwoFactor(db, number, macs, change)),
    disableTwoFactor: (account, change) => write((db) => twoFactor.disableTwoFactor(db, account, change)),
    replaceRecoveryCodes: (macs, change) => write((db) => twoFactor.replaceRecoveryCodes(db, macs, change)),
    useRecoveryCode: (accountId, mac, change) =>
      write((db) => twoFactor.useRecoveryCode(db, accountId, mac, change)),
  };
}
