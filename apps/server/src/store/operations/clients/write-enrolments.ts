import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../schema.ts';
import { mixOf } from '../authenticators/mixes.ts';
import type { StoredAuthenticator } from '../authenticators/stored-client.ts';
import { lockoutColumns, stateColumns } from '../authenticators/write-authenticators.ts';
import { writeEvents } from '../log/append-event.ts';
import type { Enrolled, Enrolments, HeadCounts } from './enrolments.ts';

type Db = Kysely<Schema>;

/** What enrolments go on from. The account is locked, so that nothing else takes these numbers. */
export async function readHeadCounts(db: Db, accountId: number): Promise<HeadCounts> {
  const head = await db
    .selectFrom('account_head')
    .select(['last_event', 'last_number', 'clients'])
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return { lastEvent: head.last_event, lastNumber: head.last_number, clients: head.clients };
}

/**
 * Writes what was enrolled in memory: a statement for each table, whatever the number of clients.
 *
 * @param tails the newest events about clientIds that were not enrolled; these events are part of a client's chain now
 * @param createdAt ms
 */
export async function writeEnrolments(
  db: Db,
  accountId: number,
  enrolments: Enrolments,
  tails: ReadonlyMap<string, number>,
  createdAt: number,
): Promise<void> {
  const { enrolled, events, firstEvent, lastNumber } = enrolments;
  if (enrolled.length > 0) {
    await writeClients(db, accountId, enrolled, createdAt);
    await writeStates(db, accountId, enrolled);
    await forgetTails(
      db,
      accountId,
      enrolled.map(({ client }) => client.clientId).filter((clientId) => tails.has(clientId)),
    );
    await writeRecoveryCodes(db, accountId, enrolled, createdAt);
    await writeEvents(db, accountId, firstEvent, events);
  }
  const codes = enrolled.reduce((sum, one) => sum + (one.codes?.macs.length ?? 0), 0);
  const disabled = enrolled.filter(({ client }) => client.disabled).length;
  await db
    .updateTable('account_head')
    .set({
      last_event: firstEvent + events.length - 1,
      last_number: lastNumber,
      clients: sql<number>`clients + ${enrolled.length}`,
      disabled_clients: sql<number>`disabled_clients + ${disabled}`,
      recovery_codes: sql<number>`recovery_codes + ${codes}`,
    })
    .where('account_id', '=', accountId)
    .execute();
}

async function writeClients(
  db: Db,
  accountId: number,
  enrolled: readonly Enrolled[],
  createdAt: number,
): Promise<void> {
  await db
    .insertInto('client')
    .values(
      enrolled.map(({ client: { id, clientId, label, issuer, authenticators } }) => ({
        account_id: accountId,
        id,
        client_id: clientId,
        label,
        issuer,
        created_at: createdAt,
        mix: mixOf(authenticators),
      })),
    )
    .execute();
  await db
    .insertInto('authenticator')
    .values(
      enrolled.flatMap(({ client: { id: client, authenticators } }) =>
        authenticators.map((one) => ({
          account_id: accountId,
          id: one.id,
          client,
          algorithm: one.parameters.algorithm,
          period: one.parameters.period,
          secret_version: one.secretVersion,
          sealed: one.sealed,
          rotated_at: null,
          name: one.name,
          created_at: one.id === client ? null : createdAt,
          weak: one.weak ? 1 : 0,
        })),
      ),
    )
    .execute();
}

/** All of them are confirmed, so the first is the one that the client was enrolled with. */
async function writeStates(db: Db, accountId: number, enrolled: readonly Enrolled[]): Promise<void> {
  await db
    .insertInto('authenticator_state')
    .values(
      enrolled.map(({ client: { id, authenticators, disabled, lockout, lastEvent } }) => ({
        account_id: accountId,
        id,
        disabled: disabled ? 1 : 0,
        ...stateColumns(authenticators[0] as StoredAuthenticator),
        ...lockoutColumns(lockout),
        last_event: lastEvent,
        further: authenticators.length - 1,
      })),
    )
    .execute();
  const further = enrolled.flatMap(({ client: { id: client, authenticators } }) =>
    authenticators
      .slice(1)
      .map((one) => ({ account_id: accountId, client, id: one.id, ...stateColumns(one) })),
  );
  if (further.length > 0) await db.insertInto('further_authenticator').values(further).execute();
}

async function writeRecoveryCodes(
  db: Db,
  accountId: number,
  enrolled: readonly Enrolled[],
  createdAt: number,
): Promise<void> {
  const sets = enrolled.flatMap(({ client: { id: client }, codes }) =>
    codes === null ? [] : [{ client, ...codes }],
  );
  if (sets.length === 0) return;
  await db
    .insertInto('client_recovery')
    .values(
      sets.map(({ client, generation }) => ({
        account_id: accountId,
        client,
        generation,
        created_at: createdAt,
        failures: null,
      })),
    )
    .execute();
  const codes = sets.flatMap(({ client, macs }) =>
    macs.map((mac) => ({ account_id: accountId, client, mac })),
  );
  if (codes.length > 0) await db.insertInto('client_recovery_code').values(codes).execute();
}

async function forgetTails(db: Db, accountId: number, clientIds: readonly string[]): Promise<void> {
  if (clientIds.length === 0) return;
  await db
    .deleteFrom('event_tail')
    .where('account_id', '=', accountId)
    .where('client_id', 'in', [...clientIds])
    .execute();
}
