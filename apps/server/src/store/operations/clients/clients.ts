import type { Algorithm, Digits, TotpParameters } from '@kanda/otp';
import { type Kysely, sql } from 'kysely';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { Client } from '../../../domain/clients/client.ts';
import type { ForgottenFailures } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import type { Policy } from '../../../domain/verdicts/policy.ts';
import { unpackTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { lockClient } from '../authenticators/stored-client.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { endLinksOf } from '../links/link-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { addClients } from '../log/statistics.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { removeClient } from './remove-client.ts';
import { WEAK_ONES } from './weak-clients.ts';

type Db = Kysely<Schema>;

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
  forgotten: ForgottenFailures = 'all',
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId, change.at);
  await db
    .updateTable('authenticator_state')
    .set(unlocked(row, forgotten))
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  await forgetCodeFailures(db, accountId, row.id);
  await appendClientEvent(db, accountId, row, clientEvent('client.unlocked', clientId, change));
  return present(await findClient(db, accountId, clientId));
}

/** The columns of a client without delay and lock. */
export function unlocked({ recent_failures }: ClientRow, forgotten: ForgottenFailures) {
  return {
    failures: 0,
    delayed_until: 0,
    locked: 0,
    recent_failures: forgotten === 'all' ? null : recent_failures,
  };
}

/** Disabling ends trusted devices. Doing twice what is already so changes nothing, but is recorded. Faults: client_not_found. */
export async function setClientDisabled(
  db: Db,
  accountId: number,
  clientId: string,
  disabled: boolean,
  change: Change,
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId, change.at);
  await db
    .updateTable('authenticator_state')
    .set({ disabled: disabled ? 1 : 0 })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  if (disabled) await dropDevices(db, accountId, row.id);
  const event = disabled ? 'client.disabled' : 'client.enabled';
  await appendClientEvent(db, accountId, row, clientEvent(event, clientId, change));
  await addClients(db, accountId, { total: 0, disabled: Number(disabled) - row.disabled });
  return present(await findClient(db, accountId, clientId));
}

/** Changes label, issuer or both; an equal text changes nothing, but is recorded. Faults: client_not_found. */
export async function updateClient(
  db: Db,
  accountId: number,
  clientId: string,
  texts: Partial<Pick<Client, 'label' | 'issuer'>>,
  change: Change,
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId, change.at);
  await db
    .updateTable('client')
    .set(texts)
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  await appendClientEvent(db, accountId, row, clientEvent('client.updated', clientId, change));
  return present(await findClient(db, accountId, clientId));
}

/**
 * Removes the client, its secrets and its recovery codes, and ends its links, also where it is not enrolled yet; what
 * happened stays in the log. Faults: client_not_found.
 */
export async function deleteClient(
  db: Db,
  box: SecretBox,
  accountId: number,
  clientId: string,
  change: Change,
): Promise<void> {
  await lockAccount(db, accountId);
  // First, as the refusal is committed: a link that was sent to someone who is not to be enrolled must not do that.
  await endLinksOf(db, accountId, clientId, change);
  const client = await lockClient(db, accountId, clientId, change.at);
  await removeClient(db, box, client, 'client.deleted', change);
}

/** The client's row as a change needs it, after its account is locked. Faults: client_not_found, account_not_found. */
export async function lockRow(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<ClientRow & { lastEvent: number }> {
  await lockAccount(db, accountId);
  const row = await clientRows(db, accountId)
    .select('state.last_event as lastEvent')
    .where('client.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined || isExpired({ pendingUntil: row.pending_until }, now)) throw clientNotFound();
  return row;
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
      sql<number>`case when exists (${WEAK_ONES}) then 1 else 0 end`.as('weak'),
    ])
    .select((row) =>
      row
        .selectFrom('further_authenticator as further')
        .whereRef('further.account_id', '=', 'client.account_id')
        .whereRef('further.client', '=', 'client.id')
        .select((one) => one.fn.max('further.last_accepted_at').as('last'))
        .as('further_accepted_at'),
    );
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
    pendingUntil: row.pending_until,
    authenticators: row.pending_until === null ? 1 + row.further : 0,
    weakSecret: Number(row.weak) === 1,
    createdAt: row.created_at,
    rotatedAt: row.rotated_at,
    lastAcceptedAt: newest(row.last_accepted_at, row.further_accepted_at),
  };
}

/** The later of two times, as far as there are any. */
function newest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, Number(other));
}

export function present(client: Client | null): Client {
  if (client === null) throw clientNotFound();
  return client;
}
