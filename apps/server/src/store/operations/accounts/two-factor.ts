import { DEFAULT_PARAMETERS } from '@kanda/otp';
import type { Kysely } from 'kysely';
import {
  type Account,
  INSTALLATION_ACCOUNT,
  INSTALLATION_PUBLIC_ID,
} from '../../../domain/accounts/account.ts';
import { twoFactorOff, twoFactorOn } from '../../../domain/accounts/security-faults.ts';
import type { NewOwnAuthenticator, OwnChange } from '../../../domain/accounts/security-ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { Schema } from '../../schema.ts';
import { deleteClient } from '../clients/clients.ts';
import { nextNumber } from '../clients/next-number.ts';
import { registerClient } from '../clients/register-client.ts';
import { rotateClient } from '../clients/rotate-client.ts';
import { appendEvent } from '../log/append-event.ts';
import { lockCurrentMasterKey } from '../master-keys/master-keys.ts';
import { lockAccount, lockOwnAccount } from './lock-account.ts';
import { activeAuthenticator, findOwnAuthenticator } from './own-authenticator.ts';
import { accountEvent, dropSessionsBut } from './sessions.ts';

type Db = Kysely<Schema>;

/** Adds a pending authenticator, in the place of another pending one. Faults: two_factor_on, token_invalid. */
export async function startTwoFactor(
  db: Db,
  box: SecretBox,
  { accountPublicId: clientId, label, issuer, secret }: NewOwnAuthenticator,
  change: OwnChange,
): Promise<void> {
  const { accountId, at, origin } = change;
  await lockOwnAccount(db, change);
  const present = await findOwnAuthenticator(db, accountId);
  if (present?.active === true) throw twoFactorOn();
  await makeInstallationAccount(db, box, at);
  if (present === null) {
    await registerClient(
      db,
      box,
      { accountId: INSTALLATION_ACCOUNT, clientId, label, issuer, parameters: DEFAULT_PARAMETERS, secret },
      { at, origin },
    );
  } else {
    const rotation = { accountId: INSTALLATION_ACCOUNT, clientId, number: null, secret };
    await rotateClient(db, box, rotation, { at, origin });
  }
  const number = await nextNumber(db, accountId);
  await db
    .insertInto('account_authenticator')
    .values({ account_id: accountId, number, active: 0 })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ number }))
    .execute();
  await appendEvent(db, accountId, accountEvent('account.two_factor_started', change));
}

/** Faults: two_factor_off when this authenticator is not the pending one, token_invalid. */
export async function activateTwoFactor(
  db: Db,
  number: number,
  recoveryCodeMacs: readonly Uint8Array[],
  change: OwnChange,
): Promise<void> {
  const { accountId, sessionId, at } = change;
  await lockOwnAccount(db, change);
  const activated = await db
    .updateTable('account_authenticator')
    .set({ active: 1, confirmed_at: at })
    .where('account_id', '=', accountId)
    .where('number', '=', number)
    .where('active', '=', 0)
    .executeTakeFirst();
  if (activated.numUpdatedRows === 0n) {
    throw twoFactorOff('Another authenticator was started meanwhile. Confirm that one, or start again.');
  }
  await keepRecoveryCodes(db, accountId, recoveryCodeMacs);
  // They began without the second factor.
  await dropSessionsBut(db, accountId, sessionId);
  await appendEvent(db, accountId, accountEvent('account.two_factor_enabled', change));
}

/** Faults: two_factor_off; token_invalid for a session's own change. */
export async function disableTwoFactor(
  db: Db,
  box: SecretBox,
  { id, publicId }: Pick<Account, 'id' | 'publicId'>,
  change: Change | OwnChange,
): Promise<void> {
  if ('sessionId' in change) await lockOwnAccount(db, change);
  else await lockAccount(db, id);
  if ((await activeAuthenticator(db, id)) === null) throw twoFactorOff();
  const { at, origin } = change;
  await deleteClient(db, box, INSTALLATION_ACCOUNT, publicId, { at, origin });
  await db.deleteFrom('account_authenticator').where('account_id', '=', id).execute();
  await keepRecoveryCodes(db, id, []);
  await appendEvent(db, id, accountEvent('account.two_factor_disabled', change));
}

/** Faults: two_factor_off, token_invalid. */
export async function replaceRecoveryCodes(
  db: Db,
  macs: readonly Uint8Array[],
  change: OwnChange,
): Promise<void> {
  await lockOwnAccount(db, change);
  if ((await activeAuthenticator(db, change.accountId)) === null) throw twoFactorOff();
  await keepRecoveryCodes(db, change.accountId, macs);
  await appendEvent(db, change.accountId, accountEvent('account.recovery_codes_replaced', change));
}

/** The code's row goes, for one of several who try it at once. */
export async function useRecoveryCode(
  db: Db,
  accountId: number,
  mac: Uint8Array,
  change: Change,
): Promise<boolean> {
  await lockAccount(db, accountId);
  const used = await db
    .deleteFrom('account_recovery_code')
    .where('account_id', '=', accountId)
    .where('mac', '=', mac)
    .executeTakeFirst();
  if (used.numDeletedRows === 0n) return false;
  await appendEvent(db, accountId, accountEvent('account.recovery_code_used', change));
  return true;
}

/** These recovery codes and no others. */
async function keepRecoveryCodes(db: Db, accountId: number, macs: readonly Uint8Array[]): Promise<void> {
  await db.deleteFrom('account_recovery_code').where('account_id', '=', accountId).execute();
  if (macs.length === 0) return;
  await db
    .insertInto('account_recovery_code')
    .values(macs.map((mac) => ({ account_id: accountId, mac })))
    .execute();
}

/**
 * The row and data key of account 0, made with the first authenticator that it holds. No password opens it and
 * it has no address, so no one can log in to it.
 */
async function makeInstallationAccount(db: Db, box: SecretBox, at: number): Promise<void> {
  const present = await db
    .selectFrom('account')
    .select('id')
    .where('id', '=', INSTALLATION_ACCOUNT)
    .executeTakeFirst();
  if (present !== undefined) return;
  const masterKeyId = await lockCurrentMasterKey(db);
  const dataKey = box.createDataKey(INSTALLATION_PUBLIC_ID, masterKeyId ?? undefined);
  await db
    .insertInto('account')
    .values({
      id: INSTALLATION_ACCOUNT,
      public_id: INSTALLATION_PUBLIC_ID,
      email: INSTALLATION_PUBLIC_ID,
      password_hash: '',
      credential_version: 1,
      data_key_master: dataKey.masterKeyId,
      data_key: dataKey.wrapped,
      policy: null,
      created_at: at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}
