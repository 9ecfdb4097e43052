import type { Kysely } from 'kysely';
import type { AccountSecurityStore, OwnChange } from '../../../domain/accounts/security-ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { EventType } from '../../../domain/log/events.ts';
import type { Executor } from '../../operations-store.ts';
import type { Schema } from '../../schema.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import { findOwnAuthenticator } from './own-authenticator.ts';
import { changePassword } from './passwords.ts';
import * as sessions from './sessions.ts';
import * as twoFactor from './two-factor.ts';

/** The part of a store that guards the accounts themselves; the same in both dialects. */
export function accountSecurityStore(
  read: Executor['read'],
  write: Executor['write'],
  change: RecordedChange,
  box: SecretBox,
): Omit<AccountSecurityStore, 'findSession'> {
  const own = <T>(event: EventType, made: OwnChange, work: (db: Kysely<Schema>) => Promise<T>) =>
    change(made.accountId, event, null, made, work);

  return {
    // Its refusals are recorded by the log-in, as those before it are.
    createSession: (session, checked, made) =>
      write((db) => sessions.createSession(db, session, checked, made), session.accountId),
    touchSession: (accountPublicId, id, at) =>
      write((db) => sessions.touchSession(db, accountPublicId, id, at), `uses of ${accountPublicId}`),
    listSessions: (accountId, now, page) =>
      read((db) => sessions.listSessions(db, accountId, now, page), accountId),
    endSession: (id, made) => own('account.session_ended', made, (db) => sessions.endSession(db, id, made)),
    endOtherSessions: (made) =>
      own('account.session_ended', made, (db) => sessions.endOtherSessions(db, made)),

    changePassword: (passwordHash, made) =>
      own('account.password_changed', made, (db) => changePassword(db, passwordHash, made)),

    findOwnAuthenticator: (accountId) => read((db) => findOwnAuthenticator(db, accountId), accountId),
    startTwoFactor: (authenticator, made) =>
      own('account.two_factor_started', made, (db) => twoFactor.startTwoFactor(db, box, authenticator, made)),
    activateTwoFactor: (number, macs, made) =>
      own('account.two_factor_enabled', made, (db) => twoFactor.activateTwoFactor(db, number, macs, made)),
    disableTwoFactor: (account, made) =>
      change(account.id, 'account.two_factor_disabled', null, made, (db) =>
        twoFactor.disableTwoFactor(db, box, account, made),
      ),
    replaceRecoveryCodes: (macs, made) =>
      own('account.recovery_codes_replaced', made, (db) => twoFactor.replaceRecoveryCodes(db, macs, made)),
    useRecoveryCode: (accountId, mac, made) =>
      write((db) => twoFactor.useRecoveryCode(db, accountId, mac, made), accountId),
  };
}
