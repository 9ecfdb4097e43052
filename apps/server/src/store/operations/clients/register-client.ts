import type { Kysely } from 'kysely';
import type { NewAuthenticator, ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { NewClient } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault } from '../../../domain/errors.ts';
import { clientQuotaExceeded } from '../../../domain/limits/quotas.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import type { Schema } from '../../schema.ts';
import { assertOdds, sealNew } from '../authenticators/add-authenticator.ts';
import { usedBefore, usedOf } from '../authenticators/deleted-secrets.ts';
import { dropExpired, EXPIRY_ORIGIN } from '../authenticators/expire.ts';
import { mixOf } from '../authenticators/mixes.ts';
import { sameSecretOf } from '../authenticators/same-secret.ts';
import { isLike, isOfAnother, secretToShow, showAgain, staying } from '../authenticators/show-again.ts';
import {
  allOf,
  asOf,
  confirmedOf,
  readClient,
  type StoredAuthenticator,
  type StoredClient,
  toAuthenticator,
} from '../authenticators/stored-client.ts';
import { lockoutColumns, stateColumns, writeAuthenticators } from '../authenticators/write-authenticators.ts';
import { appendClientEvent, readTail } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { addClients } from '../log/statistics.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { dataKeyOf } from './data-key.ts';
import { nextNumber } from './next-number.ts';

type Db = Kysely<Schema>;
type Enrolling = NewClient & NewAuthenticator;

/** What an enrolment does not say: codes count at once, and none was used. */
const COUNTS_AT_ONCE = {
  name: null,
  isImported: true,
  watermark: -1,
  pendingUntil: null,
  fresh: false,
  replaces: null,
};

/**
 * Enrols a client with its first authenticator, or, while that is pending and is enrolled as pending again, shows it
 * once more. Faults: client_exists, client_quota_exceeded, secret_unreadable.
 */
export async function registerClient(
  db: Db,
  box: SecretBox,
  asked: NewClient,
  change: Change,
): Promise<ShownAuthenticator> {
  const client = { ...COUNTS_AT_ONCE, ...asked };
  const { accountId, clientId } = client;
  const id = await nextNumber(db, accountId);
  await assertRoom(db, box, client, change);
  // A phone alone is within the odds of every policy.
  if (client.parameters.period === 0) assertOdds(await findPolicy(db, accountId), [client]);
  // Before anything is written: when the account's key does not open, that is recorded and the rest must not be.
  const dataKey = await dataKeyOf(db, accountId);
  const seal = (known: MovingFactor | null) =>
    sealNew(box, dataKey, { accountId, clientId, id, asked: client, createdAt: change.at, known });
  let first = seal(await knownFactor(db, box, dataKey, client));
  if (!(await insertName(db, client, first, change.at))) {
    const present = await presentClient(db, box, client, change);
    if (present !== null) return enrolAgain(db, box, present, client, seal, change);
    // What has expired is gone only now, and what was used of it counts.
    first = seal(await knownFactor(db, box, dataKey, client));
    await insertName(db, client, first, change.at);
  }
  await insertFirst(db, client, first, change);
  return shown(client, first);
}

/** What was used of a secret that is brought along, by an authenticator that went; null: nothing, since it is new. */
async function knownFactor(
  db: Db,
  box: SecretBox,
  dataKey: AccountDataKey,
  client: Enrolling,
): Promise<MovingFactor | null> {
  if (!client.isImported) return null;
  return { ...FRESH_FACTOR, watermark: await usedBefore(db, box, client.accountId, dataKey, client) };
}

/** Whether the name was free. */
async function insertName(
  db: Db,
  { accountId, clientId, label, issuer }: NewClient,
  first: StoredAuthenticator,
  at: number,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('client')
    .values({
      account_id: accountId,
      id: first.id,
      client_id: clientId,
      label,
      issuer,
      created_at: at,
      mix: mixOf([first]),
    })
    .onConflict((conflict) => conflict.columns(['account_id', 'client_id']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows !== 0n;
}

/** The client without what was not confirmed in time; when nothing else is left of it, it goes. */
async function presentClient(
  db: Db,
  box: SecretBox,
  { accountId, clientId }: Pick<NewClient, 'accountId' | 'clientId'>,
  { at: now }: Change,
): Promise<StoredClient | null> {
  const row = await readClient(db, accountId, clientId);
  if (row === null) return null;
  const client = asOf(row, now);
  if (client.authenticators.length > 0) return client;
  await dropExpired(db, box, client, { at: now, origin: EXPIRY_ORIGIN });
  return null;
}

/** Faults: client_exists, unless both what is there and what is asked for are pending. */
async function enrolAgain(
  db: Db,
  box: SecretBox,
  present: StoredClient,
  client: Enrolling,
  seal: (known: MovingFactor | null) => StoredAuthenticator,
  change: Change,
): Promise<ShownAuthenticator> {
  const { accountId, clientId } = client;
  if (confirmedOf(present).length > 0) {
    const same = client.isImported ? (await sameSecretOf(db, box, present, client)) !== null : undefined;
    throw new Fault(
      'client_exists',
      `${clientId} is already enrolled. For a lost phone, rotate its secret instead.`,
      same === undefined ? {} : { sameSecret: same },
    );
  }
  if (client.pendingUntil === null) {
    throw new Fault(
      'client_exists',
      `${clientId} has an enrolment that waits for its first code. Confirm it, delete the user to enrol them anew, ` +
        'or send "confirm": true to show that enrolment again (beside one that waits on a link, it makes another).',
    );
  }
  const dataKey = await dataKeyOf(db, accountId);
  // A name that was changed meanwhile, or is sent now, ends no QR code that was scanned. Beside others the name tells
  // which one was meant.
  const isAlone = allOf(present).filter((one) => !isOfAnother(one, client)).length === 1;
  const waiting = isAlone
    ? present.authenticators.find((one) => isLike({ ...one, name: client.name }, client))
    : undefined;
  const asked = waiting === undefined ? client : { ...client, name: waiting.name };
  const secret = secretToShow(box, dataKey, present, asked);
  await writeNames(db, present, client);
  if (secret !== null) return showAgain(db, box, present, asked, secret, client, client.name);
  const { authenticators } = present;
  const known = client.isImported ? await usedOf(db, box, dataKey, present, authenticators, client) : null;
  const first = seal(known);
  const ofOthers = staying(present, asked).filter((one) => isOfAnother(one, client));
  const left = { lockout: NO_FAILURES, authenticators: [...ofOthers, first] };
  await writeAuthenticators(db, box, present, left);
  await appendClientEvent(db, accountId, present, clientEvent('client.registered', clientId, change));
  return shown(client, first);
}

async function writeNames(
  db: Db,
  { accountId, id }: StoredClient,
  { label, issuer }: NewClient,
): Promise<void> {
  await db
    .updateTable('client')
    .set({ label, issuer })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
}

async function insertFirst(
  db: Db,
  { accountId, clientId }: NewClient,
  first: StoredAuthenticator,
  change: Change,
): Promise<void> {
  const { id } = first;
  const { parameters, secretVersion, sealed, name, weak } = first;
  await db
    .insertInto('authenticator')
    .values({
      account_id: accountId,
      id,
      client: id,
      algorithm: parameters.algorithm,
      period: parameters.period,
      secret_version: secretVersion,
      sealed,
      rotated_at: null,
      name,
      weak: weak ? 1 : 0,
    })
    .execute();
  const earlier = await readTail(db, accountId, clientId);
  await db
    .insertInto('authenticator_state')
    .values({
      account_id: accountId,
      id,
      disabled: 0,
      ...stateColumns(first),
      ...lockoutColumns(NO_FAILURES),
      last_event: earlier,
    })
    .execute();
  if (earlier !== 0) await forgetTail(db, accountId, clientId);
  const event = clientEvent('client.registered', clientId, change);
  await appendClientEvent(db, accountId, { id, lastEvent: earlier }, event);
  await addClients(db, accountId, { total: 1, disabled: 0 });
}

function shown({ label, issuer, secret }: NewClient, one: StoredAuthenticator): ShownAuthenticator {
  return { authenticator: toAuthenticator(one), label, issuer, secret, isNew: true };
}

/** The account's head is locked: two that enrol at once do not both take the last place. */
async function assertRoom(db: Db, box: SecretBox, client: NewClient, change: Change): Promise<void> {
  const { accountId, mostClients = null } = client;
  if (mostClients === null || (await countClients(db, accountId)) < mostClients) return;
  // An enrolment that is shown once more takes no new place, and one that has expired leaves its own.
  if ((await presentClient(db, box, client, change)) !== null) return;
  if ((await countClients(db, accountId)) >= mostClients) throw clientQuotaExceeded(mostClients);
}

async function countClients(db: Db, accountId: number): Promise<number> {
  const head = await db
    .selectFrom('account_head')
    .select('clients')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return head.clients;
}

async function forgetTail(db: Db, accountId: number, clientId: string): Promise<void> {
  await db
    .deleteFrom('event_tail')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .execute();
}
