import type { Kysely } from 'kysely';
import type { NewAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { ImportOutcome, ImportRules, ToImport } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault, type FaultCode } from '../../../domain/errors.ts';
import { clientQuotaExceeded } from '../../../domain/limits/quotas.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { addAuthenticator, assertOdds, sealNew } from '../authenticators/add-authenticator.ts';
import { usedOf } from '../authenticators/deleted-secrets.ts';
import { keepPrevious } from '../authenticators/previous-secrets.ts';
import { UNPROVED } from '../authenticators/prove.ts';
import { sameSecretOf } from '../authenticators/same-secret.ts';
import { asOf, readClient, type StoredClient } from '../authenticators/stored-client.ts';
import { writeAuthenticators } from '../authenticators/write-authenticators.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { createRecoveryCodes } from '../recovery-codes/recovery-codes.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { setClientDisabled } from './clients.ts';
import { dataKeyOf } from './data-key.ts';
import { nextNumber } from './next-number.ts';
import { registerClient } from './register-client.ts';

type Db = Kysely<Schema>;

/** Faults of one client, which are thrown before anything of it is written; the others of the import go on. */
const OF_ONE_CLIENT: readonly FaultCode[] = [
  'authenticator_odds',
  'authenticator_quota_exceeded',
  'client_exists',
  'client_quota_exceeded',
];

/**
 * Enrols clients that another program had, in the transaction that it is given. Done again, it finds each of them there
 * and changes nothing. Faults: account_not_found, secret_unreadable.
 */
export async function importClients(
  db: Db,
  box: SecretBox,
  accountId: number,
  clients: readonly ToImport[],
  rules: ImportRules,
  change: Change,
): Promise<readonly ImportOutcome[]> {
  await lockAccount(db, accountId);
  const outcomes: ImportOutcome[] = [];
  for (const client of clients) {
    outcomes.push(await orRefused(() => importClient(db, box, accountId, client, rules, change)));
  }
  return outcomes;
}

/** What an import would come to, read and not written. */
export async function planImport(
  db: Db,
  box: SecretBox,
  accountId: number,
  clients: readonly ToImport[],
  rules: ImportRules,
  at: number,
): Promise<readonly ImportOutcome[]> {
  const outcomes: ImportOutcome[] = [];
  let left = rules.mostClients === null ? null : rules.mostClients - (await countClients(db, accountId));
  for (const client of clients) {
    const plan = await planOf(db, box, accountId, client, rules, at);
    if (plan.result !== 'enrolled' || left === null || left-- > 0) outcomes.push(plan);
    else outcomes.push({ result: 'refused', fault: clientQuotaExceeded(rules.mostClients ?? 0) });
  }
  return outcomes;
}

async function orRefused(work: () => Promise<ImportOutcome>): Promise<ImportOutcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault && OF_ONE_CLIENT.includes(error.code)) {
      return { result: 'refused', fault: error };
    }
    throw error;
  }
}

/** The number 0 is that of an authenticator that has none yet. */
async function planOf(
  db: Db,
  box: SecretBox,
  accountId: number,
  client: ToImport,
  { onConflict }: ImportRules,
  now: number,
): Promise<ImportOutcome> {
  const present = await presentClient(db, accountId, client.clientId, now);
  if (present === null) return { result: 'enrolled', authenticator: 0 };
  const same = await sameSecretOf(db, box, present, client);
  if (same !== null) return { result: 'unchanged', authenticator: same };
  if (client.additional) return { result: 'added', authenticator: 0 };
  return onConflict === 'replace' ? { result: 'replaced', authenticator: 0 } : { result: 'conflict' };
}

async function importClient(
  db: Db,
  box: SecretBox,
  accountId: number,
  client: ToImport,
  rules: ImportRules,
  change: Change,
): Promise<ImportOutcome> {
  const plan = await planOf(db, box, accountId, client, rules, change.at);
  if (plan.result === 'unchanged' || plan.result === 'conflict' || plan.result === 'refused') return plan;
  const asked = { ...client, accountId, isImported: true, pendingUntil: null, replaces: null, fresh: false };
  const authenticator = await carryOut(db, box, plan.result, asked, rules, change);
  if (client.recoveryMacs !== null) {
    await createRecoveryCodes(db, accountId, client.clientId, client.recoveryMacs, change);
  }
  if (client.disabled && plan.result !== 'added') {
    await setClientDisabled(db, accountId, client.clientId, true, change);
  }
  return { result: plan.result, authenticator };
}

async function carryOut(
  db: Db,
  box: SecretBox,
  result: 'enrolled' | 'added' | 'replaced',
  asked: NewAuthenticator & ToImport,
  { mostClients }: ImportRules,
  change: Change,
): Promise<number> {
  if (result === 'replaced') return replaceAll(db, box, asked, change);
  const shown =
    result === 'enrolled'
      ? await registerClient(db, box, { ...asked, mostClients }, change)
      : await addAuthenticator(db, box, asked, change, UNPROVED);
  return shown.authenticator.number;
}

/** The imported secret in the place of all that the client has. Faults: authenticator_odds. */
async function replaceAll(
  db: Db,
  box: SecretBox,
  asked: NewAuthenticator & ToImport,
  change: Change,
): Promise<number> {
  const { accountId, clientId, label, issuer } = asked;
  const present = await presentClient(db, accountId, clientId, change.at);
  if (present === null) throw new TypeError('the client has gone within a transaction');
  assertOdds(await findPolicy(db, accountId), [asked]);
  const dataKey = await dataKeyOf(db, accountId);
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

/** Without what has expired; null: there is none, or nothing else is left of it. */
async function presentClient(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<StoredClient | null> {
  const row = await readClient(db, accountId, clientId);
  const client = row === null ? null : asOf(row, now);
  return client?.authenticators.length === 0 ? null : client;
}

async function countClients(db: Db, accountId: number): Promise<number> {
  const head = await db
    .selectFrom('account_head')
    .select('clients')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return head.clients;
}
