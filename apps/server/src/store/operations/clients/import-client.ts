import type { Kysely } from 'kysely';
import type { NewAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { ImportOutcome, ImportRules, ToImport } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import type { Schema } from '../../schema.ts';
import { addAuthenticator, assertOdds, sealNew } from '../authenticators/add-authenticator.ts';
import { usedOf } from '../authenticators/deleted-secrets.ts';
import { keepPrevious } from '../authenticators/previous-secrets.ts';
import { UNPROVED } from '../authenticators/prove.ts';
import { sameSecretIn } from '../authenticators/same-secret.ts';
import { asOf, type StoredClient } from '../authenticators/stored-client.ts';
import { writeAuthenticators } from '../authenticators/write-authenticators.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { createRecoveryCodes } from '../recovery-codes/recovery-codes.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { setClientDisabled } from './clients.ts';
import type { ImportBasis } from './enrolments.ts';
import { nextNumber } from './next-number.ts';
import { registerClient } from './register-client.ts';

type Db = Kysely<Schema>;

export type ImportPlan = Exclude<ImportOutcome, { result: 'refused' }>;

/**
 * What a record is to come to, by what is there under its clientId. The number 0 is that of an authenticator that has
 * none yet. Faults: secret_unreadable.
 *
 * @param present without what has expired; null: there is none
 */
export function planOf(
  box: SecretBox,
  dataKey: AccountDataKey,
  present: StoredClient | null,
  asked: ToImport,
  { onConflict }: Pick<ImportRules, 'onConflict'>,
): ImportPlan {
  if (present === null) return { result: 'enrolled', authenticator: 0 };
  const same = sameSecretIn(box, dataKey, present, asked);
  if (same !== null) return { result: 'unchanged', authenticator: same };
  if (asked.additional) return { result: 'added', authenticator: 0 };
  return onConflict === 'replace' ? { result: 'replaced', authenticator: 0 } : { result: 'conflict' };
}

/** As it is at `now` (ms); null: there is none, or nothing of it was confirmed in time. */
export function unexpired(client: StoredClient | undefined, now: number): StoredClient | null {
  if (client === undefined) return null;
  const present = asOf(client, now);
  return present.authenticators.length === 0 ? null : present;
}

/**
 * One record by itself, for what changes a client that is there: such records are few. Faults: authenticator_odds,
 * authenticator_quota_exceeded, client_quota_exceeded, secret_unreadable.
 *
 * @param present as it is now, without what has expired; null: there is none
 */
export async function importClient(
  db: Db,
  basis: ImportBasis,
  present: StoredClient | null,
  plan: ImportPlan,
  client: ToImport,
): Promise<ImportOutcome> {
  const { accountId, change } = basis;
  if (plan.result === 'unchanged' || plan.result === 'conflict') return plan;
  const asked = { ...client, accountId, isImported: true, pendingUntil: null, replaces: null, fresh: false };
  const authenticator =
    present !== null && plan.result === 'replaced'
      ? await replaceAll(db, basis, present, asked)
      : await enrolOrAdd(db, basis, plan.result, asked);
  if (client.recoveryMacs !== null) {
    await createRecoveryCodes(db, accountId, client.clientId, client.recoveryMacs, change);
  }
  if (client.disabled && plan.result !== 'added') {
    await setClientDisabled(db, accountId, client.clientId, true, change);
  }
  return { result: plan.result, authenticator };
}

async function enrolOrAdd(
  db: Db,
  { box, mostClients, change }: ImportBasis,
  result: 'enrolled' | 'added' | 'replaced',
  asked: NewAuthenticator & ToImport,
): Promise<number> {
  const shown =
    result === 'enrolled'
      ? await registerClient(db, box, { ...asked, mostClients }, change)
      : await addAuthenticator(db, box, asked, change, UNPROVED);
  return shown.authenticator.number;
}

/** The imported secret in the place of all that the client has. Faults: authenticator_odds. */
async function replaceAll(
  db: Db,
  { box, dataKey, policy, change }: ImportBasis,
  present: StoredClient,
  asked: NewAuthenticator & ToImport,
): Promise<number> {
  const { accountId, clientId, label, issuer } = asked;
  assertOdds(policy, [asked]);
  const known = await usedOf(db, box, dataKey, present, present.authenticators, asked);
  const id = await nextNumber(db, accountId);
  const only = sealNew(box, dataKey, { accountId, clientId, id, asked, createdAt: change.at, known });
  await keepPrevious(db, present, present.authenticators, change.at);
  await db
    .updateTable('client')
    .set({ label, issuer })
    .where('account_id', '=', accountId)
    .where('id', '=', present.id)
    .execute();
  await writeAuthenticators(db, box, present, { lockout: NO_FAILURES, authenticators: [only] });
  await forgetCodeFailures(db, accountId, present.id);
  await dropDevices(db, accountId, present.id);
  await appendClientEvent(db, accountId, present, clientEvent('client.rotated', clientId, change));
  return id;
}
