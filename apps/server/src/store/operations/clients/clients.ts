import type { Algorithm, Digits, TotpParameters } from '@kanda/otp';
import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { Client } from '../../../domain/clients/client.ts';
import type { EnrolledClient, NewClient } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { accountNotFound, clientNotFound, Fault } from '../../../domain/errors.ts';
import { clientQuotaExceeded } from '../../../domain/limits/quotas.ts';
import { EVENT_TYPES, type EventType, type NewEvent } from '../../../domain/log/events.ts';
import type { WrappedDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { resetClock } from '../../../domain/verdicts/methods/totp.ts';
import type { Policy } from '../../../domain/verdicts/policy.ts';
import { factorColumns, factorOf } from '../../judging/judge-attempt.ts';
import { unpackTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { appendClientEvent, appendTailEvent, readTail } from '../log/append-event.ts';
import { addClients } from '../log/statistics.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { nextNumber } from './next-number.ts';
import { drawSecretVersion } from './secret-version.ts';

type Db = Kysely<Schema>;

const UNLOCKED = { failures: 0, delayed_until: 0, locked: 0, recent_failures: null };

/** Enrols a client with its first authenticator. Faults: client_exists. */
export async function registerClient(
  db: Db,
  box: SecretBox,
  client: NewClient,
  change: Change,
): Promise<EnrolledClient> {
  const { accountId, clientId, label, issuer, parameters } = client;
  const id = await nextNumber(db, accountId);
  await assertRoom(db, client);
  const secretVersion = drawSecretVersion();
  const place = { accountId, clientId, authenticatorId: id, secretVersion, parameters };
  // Before anything is written: when the account's key does not open, that is recorded and the rest must not be.
  const sealed = box.seal(await dataKeyOf(db, accountId), place, client.secret);
  const inserted = await db
    .insertInto('client')
    .values({ account_id: accountId, id, client_id: clientId, label, issuer, created_at: change.at })
    .onConflict((conflict) => conflict.columns(['account_id', 'client_id']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) {
    throw new Fault(
      'client_exists',
      `${clientId} is already enrolled. For a lost phone, rotate its secret instead.`,
    );
  }
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
    })
    .execute();
  const earlier = await readTail(db, accountId, clientId);
  await db
    .insertInto('authenticator_state')
    .values({
      account_id: accountId,
      id,
      secret_version: secretVersion,
      digits: parameters.digits,
      watermark: -1,
      disabled: 0,
      ...UNLOCKED,
      last_accepted_at: null,
      last_event: earlier,
      burnt_steps: null,
    })
    .execute();
  if (earlier !== 0) await forgetTail(db, accountId, clientId);
  await appendClientEvent(
    db,
    accountId,
    { id, lastEvent: earlier },
    clientEvent('client.registered', clientId, change),
  );
  await addClients(db, accountId, { total: 1, disabled: 0 });
  return { label, issuer, parameters };
}

/** The account's head is locked: two that enrol at once do not both take the last place. */
async function assertRoom(db: Db, { accountId, mostClients = null }: NewClient): Promise<void> {
  if (mostClients === null) return;
  const head = await db
    .selectFrom('account_head')
    .select('clients')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (head.clients >= mostClients) throw clientQuotaExceeded(mostClients);
}

/**
 * Replaces the secret and opens every lock. The watermark starts anew, since it counted the steps of the
 * old secret; the version is another, so that no remembered key is used any longer. Faults: client_not_found.
 */
export async function rotateClient(
  db: Db,
  box: SecretBox,
  accountId: number,
  clientId: string,
  secret: Uint8Array,
  change: Change,
): Promise<EnrolledClient> {
  const row = await lockRow(db, accountId, clientId);
  const secretVersion = drawSecretVersion();
  const parameters = toParameters(row);
  const place = { accountId, clientId, authenticatorId: row.authenticator_id, secretVersion, parameters };
  await dropOtherAuthenticators(db, accountId, row);
  await db
    .updateTable('authenticator')
    .set({
      secret_version: secretVersion,
      sealed: box.seal(await dataKeyOf(db, accountId), place, secret),
      rotated_at: change.at,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', row.authenticator_id)
    .execute();
  await db
    .updateTable('authenticator_state')
    .set({
      ...UNLOCKED,
      secret_version: secretVersion,
      watermark: -1,
      burnt_steps: null,
      drift: 0,
      further: 0,
      pending_until: null,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  await appendClientEvent(db, accountId, row, clientEvent('client.rotated', clientId, change));
  return { label: row.label, issuer: row.issuer, parameters };
}

export async function findClient(db: Db, accountId: number, clientId: string): Promise<Client | null> {
  const row = await clientRows(db, accountId).where('client.client_id', '=', clientId).executeTakeFirst();
  return row === undefined ? null : toClient(row, await findPolicy(db, accountId));
}

/** Ends delays and locks, and forgets the failures that led to them. Faults: client_not_found. */
export async function unlockClient(
  db: Db,
  accountId: number,
  clientId: string,
  change: Change,
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId);
  await db
    .updateTable('authenticator_state')
    .set(UNLOCKED)
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  await appendClientEvent(db, accountId, row, clientEvent('client.unlocked', clientId, change));
  return present(await findClient(db, accountId, clientId));
}

/**
 * Unlocks, and brings the watermark down that a clock left ahead (`resetClock`): steps that may have been accepted stay
 * burnt. By a right clock nothing of that is to be done, but the call is recorded. Faults: client_not_found.
 */
export async function resetClientClock(
  db: Db,
  accountId: number,
  clientId: string,
  change: Change,
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId);
  const acceptedAt = await acceptedAhead(db, accountId, clientId, change.at);
  await db
    .updateTable('authenticator_state')
    .set({ ...UNLOCKED, ...resetFactor(row, change.at, acceptedAt) })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  for (const further of await furtherFactors(db, accountId, row.id)) {
    await db
      .updateTable('further_authenticator')
      .set(resetFactor(further, change.at, acceptedAt))
      .where('account_id', '=', accountId)
      .where('client', '=', row.id)
      .where('id', '=', further.id)
      .execute();
  }
  const unlocked = clientEvent('client.unlocked', clientId, change);
  const lastEvent = await appendClientEvent(db, accountId, row, unlocked);
  const event = clientEvent('client.clock_reset', clientId, change);
  await appendClientEvent(db, accountId, { id: row.id, lastEvent }, event);
  return present(await findClient(db, accountId, clientId));
}

type FactorRow = Pick<ClientRow, 'watermark' | 'burnt_steps' | 'drift' | 'period'>;

/** The columns of a factor whose watermark was brought down; a counter has no clock. */
function resetFactor(row: FactorRow, now: number, acceptedAt: readonly number[]) {
  const factor = factorOf(row);
  return factorColumns(row.period === 0 ? factor : resetClock(factor, row.period, now, acceptedAt));
}

function furtherFactors(db: Db, accountId: number, client: number) {
  return db
    .selectFrom('further_authenticator as further')
    .innerJoin('authenticator', (join) =>
      join
        .onRef('authenticator.account_id', '=', 'further.account_id')
        .onRef('authenticator.id', '=', 'further.id'),
    )
    .where('further.account_id', '=', accountId)
    .where('further.client', '=', client)
    .select([
      'further.id',
      'further.watermark',
      'further.burnt_steps',
      'further.drift',
      'authenticator.period',
    ])
    .execute();
}

/** All but the client's first. */
async function dropOtherAuthenticators(db: Db, accountId: number, row: ClientRow): Promise<void> {
  await db
    .deleteFrom('further_authenticator')
    .where('account_id', '=', accountId)
    .where('client', '=', row.id)
    .execute();
  await db
    .deleteFrom('authenticator')
    .where('account_id', '=', accountId)
    .where('client', '=', row.id)
    .where('id', '!=', row.authenticator_id)
    .execute();
}

/** When codes were accepted by a clock that was ahead of `now` (ms), found by the hours that lie ahead. */
async function acceptedAhead(db: Db, accountId: number, clientId: string, now: number): Promise<number[]> {
  const rows = await db
    .selectFrom('activity')
    .innerJoin('event', (join) =>
      join
        .onRef('event.account_id', '=', 'activity.account_id')
        .onRef('event.id', '>=', 'activity.first_event')
        .onRef('event.id', '<=', 'activity.last_event'),
    )
    .select('event.at')
    .distinct()
    .where('activity.account_id', '=', accountId)
    .where('activity.hour', '>=', Math.floor(now / HOUR_MS))
    .where('event.client_id', '=', clientId)
    .where('event.type', '=', EVENT_TYPES['totp.validated'])
    .where('event.outcome', '=', 1)
    .where('event.at', '>', now)
    .execute();
  return rows.map(({ at }) => at);
}

/** Doing twice what is already so changes nothing, but is recorded. Faults: client_not_found. */
export async function setClientDisabled(
  db: Db,
  accountId: number,
  clientId: string,
  disabled: boolean,
  change: Change,
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId);
  await db
    .updateTable('authenticator_state')
    .set({ disabled: disabled ? 1 : 0 })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  const event = disabled ? 'client.disabled' : 'client.enabled';
  await appendClientEvent(db, accountId, row, clientEvent(event, clientId, change));
  await addClients(db, accountId, { total: 0, disabled: Number(disabled) - row.disabled });
  return present(await findClient(db, accountId, clientId));
}

/** Removes the client and its secret; what happened stays in the log. Faults: client_not_found. */
export async function deleteClient(
  db: Db,
  accountId: number,
  clientId: string,
  change: Change,
): Promise<void> {
  const row = await lockRow(db, accountId, clientId);
  for (const table of ['further_authenticator', 'authenticator'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).where('client', '=', row.id).execute();
  }
  for (const table of ['authenticator_state', 'client'] as const) {
    await db.deleteFrom(table).where('account_id', '=', accountId).where('id', '=', row.id).execute();
  }
  const event = clientEvent('client.deleted', clientId, change);
  await appendTailEvent(db, accountId, clientId, event, row.lastEvent);
  await addClients(db, accountId, { total: -1, disabled: -row.disabled });
}

function clientEvent(event: EventType, clientId: string, change: Change): NewEvent {
  return { event, outcome: 'success', reason: null, clientId, at: change.at, origin: change.origin };
}

async function forgetTail(db: Db, accountId: number, clientId: string): Promise<void> {
  await db
    .deleteFrom('event_tail')
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .execute();
}

/** The client's row as a change needs it, after its account is locked. Faults: client_not_found, account_not_found. */
async function lockRow(
  db: Db,
  accountId: number,
  clientId: string,
): Promise<ClientRow & { lastEvent: number }> {
  await lockAccount(db, accountId);
  const row = await clientRows(db, accountId)
    .select('state.last_event as lastEvent')
    .where('client.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined) throw clientNotFound();
  return row;
}

export async function dataKeyOf(
  db: Db,
  accountId: number,
): Promise<WrappedDataKey & { accountPublicId: string }> {
  const row = await db
    .selectFrom('account')
    .select(['public_id', 'data_key_master', 'data_key'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  if (row === undefined) throw accountNotFound();
  return { accountPublicId: row.public_id, masterKeyId: row.data_key_master, wrapped: row.data_key };
}

/** A client's row from its three tables; the caller adds which. */
export function clientRows(db: Db, accountId: number) {
  return db
    .selectFrom('client')
    .innerJoin('authenticator_state as state', (join) =>
      join.onRef('state.account_id', '=', 'client.account_id').onRef('state.id', '=', 'client.id'),
    )
    .innerJoin('authenticator', (join) =>
      join
        .onRef('authenticator.account_id', '=', 'client.account_id')
        .on((on) => on('authenticator.id', '=', on.fn.coalesce('state.authenticator', 'state.id'))),
    )
    .where('client.account_id', '=', accountId)
    .select([
      'client.id',
      'client.client_id',
      'client.label',
      'client.issuer',
      'client.created_at',
      'authenticator.algorithm',
      'authenticator.period',
      'authenticator.rotated_at',
      'state.secret_version',
      'state.digits',
      'state.watermark',
      'state.burnt_steps',
      'state.disabled',
      'state.failures',
      'state.delayed_until',
      'state.locked',
      'state.recent_failures',
      'state.last_accepted_at',
      'state.further',
      'state.drift',
      'state.pending_until',
      'authenticator.id as authenticator_id',
    ]);
}

export type ClientQuery = ReturnType<typeof clientRows>;
export type ClientRow = Awaited<ReturnType<ClientQuery['executeTakeFirstOrThrow']>>;

function toParameters(row: ClientRow): TotpParameters {
  return { algorithm: row.algorithm as Algorithm, digits: row.digits as Digits, period: row.period };
}

/** `policy`: its account's. */
export function toClient(row: ClientRow, policy: Policy): Client {
  return {
    clientId: row.client_id,
    label: row.label,
    issuer: row.issuer,
    ...toParameters(row),
    disabled: row.disabled === 1,
    lockout: {
      failures: row.failures,
      delayedUntil: row.delayed_until,
      locked: row.locked === 1,
      recentFailures: unpackTimes(row.recent_failures),
    },
    watermark: row.watermark,
    drift: row.drift,
    policy,
    createdAt: row.created_at,
    rotatedAt: row.rotated_at,
    lastAcceptedAt: row.last_accepted_at,
  };
}

function present(client: Client | null): Client {
  if (client === null) throw clientNotFound();
  return client;
}
