import type { Algorithm, Digits } from '@kanda/otp';
import type { Kysely, Selectable } from 'kysely';
import type { AuthenticatorTable } from '../../client-tables.ts';
import { factorOf, firstAuthenticator, lockoutOf } from '../../judging/judge-attempt.ts';
import { unpackTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import type { StoredAuthenticator, StoredClient } from './stored-client.ts';

type Db = Kysely<Schema>;

/**
 * By their clientId, those of these clients that there are, with all that their rows hold: three statements for any
 * number of them, and one more when authenticators wait for their first code.
 */
export async function readClients(
  db: Db,
  accountId: number,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, StoredClient>> {
  if (clientIds.length === 0) return new Map();
  const rows = await clientRows(db, accountId, clientIds);
  if (rows.length === 0) return new Map();
  const states = new Map<number, StateOfOne>();
  const owners = new Map<number, Owner>();
  for (const row of rows) {
    const owner = { row, authenticators: [] };
    owners.set(row.id, owner);
    states.set(firstAuthenticator(row), { state: row, owner });
  }
  const further = await db
    .selectFrom('further_authenticator')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client', 'in', [...owners.keys()])
    .execute();
  for (const state of further) states.set(state.id, { state, owner: owners.get(state.client) as Owner });
  const sealed = await db
    .selectFrom('authenticator')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', [...states.keys()])
    .orderBy('id')
    .execute();
  const pending = [...states].flatMap(([id, { state }]) => (state.pending_until === null ? [] : [id]));
  const links = await linksOf(db, accountId, clientIds, pending);
  for (const one of sealed) {
    const { state, owner } = states.get(one.id) as StateOfOne;
    owner.authenticators.push(authenticatorOf(one, state, owner.row, links.get(one.id) ?? null));
  }
  return new Map([...owners.values()].map((owner) => [owner.row.client_id, clientOf(accountId, owner)]));
}

type ClientRow = Awaited<ReturnType<typeof clientRows>>[number];

interface Owner {
  readonly row: ClientRow;
  /** Oldest first. */
  readonly authenticators: StoredAuthenticator[];
}

/** Where the state of an authenticator is kept: in its client's row, or in one of its own. */
interface StateOfOne {
  readonly state: Omit<Selectable<Schema['further_authenticator']>, 'account_id' | 'client'>;
  readonly owner: Owner;
}

function clientRows(db: Db, accountId: number, clientIds: readonly string[]) {
  return db
    .selectFrom('client')
    .innerJoin('authenticator_state as state', (join) =>
      join.onRef('state.account_id', '=', 'client.account_id').onRef('state.id', '=', 'client.id'),
    )
    .where('client.account_id', '=', accountId)
    .where('client.client_id', 'in', [...clientIds])
    .selectAll('state')
    .select(['client.client_id', 'client.label', 'client.issuer', 'client.created_at', 'client.mix'])
    .execute();
}

/** By the numbers of those of these authenticators that a link has made, the number of the link. */
async function linksOf(
  db: Db,
  accountId: number,
  clientIds: readonly string[],
  pending: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (pending.length === 0) return new Map();
  const links = await db
    .selectFrom('link')
    .select(['number', 'authenticator'])
    .where('account_id', '=', accountId)
    .where('client_id', 'in', [...clientIds])
    .where('authenticator', 'in', [...pending])
    .execute();
  return new Map(links.map(({ number, authenticator }) => [Number(authenticator), number]));
}

function authenticatorOf(
  one: Selectable<AuthenticatorTable>,
  state: StateOfOne['state'],
  client: ClientRow,
  link: number | null,
): StoredAuthenticator {
  return {
    id: one.id,
    name: one.name,
    parameters: {
      algorithm: one.algorithm as Algorithm,
      digits: state.digits as Digits,
      period: one.period,
    },
    secretVersion: state.secret_version,
    sealed: one.sealed,
    weak: one.weak === 1,
    createdAt: one.created_at ?? client.created_at,
    rotatedAt: one.rotated_at,
    factor: factorOf(state),
    pendingUntil: state.pending_until,
    wrongCodes: one.wrong_codes,
    replaces: one.replaces,
    lastAcceptedAt: state.last_accepted_at,
    link,
  };
}

function clientOf(accountId: number, { row, authenticators }: Owner): StoredClient {
  return {
    accountId,
    id: row.id,
    clientId: row.client_id,
    label: row.label,
    issuer: row.issuer,
    lastEvent: row.last_event,
    disabled: row.disabled === 1,
    lockout: lockoutOf(row, unpackTimes(row.recent_failures)),
    mix: row.mix,
    authenticators,
    expired: [],
  };
}
