import type { Algorithm, Digits, TotpParameters } from '@kanda/otp';
import type { Kysely } from 'kysely';
import {
  type Authenticator,
  CONFIRM_ATTEMPTS,
  isExpired,
} from '../../../domain/authenticators/authenticator.ts';
import type { SealedAuthenticator } from '../../../domain/clients/secret-box.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Lockout } from '../../../domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import { factorColumns, factorOf, firstAuthenticator, lockoutOf } from '../../judging/judge-attempt.ts';
import { packTimes, unpackTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { writeMix } from './mixes.ts';

type Db = Kysely<Schema>;

/** One authenticator from its two rows. What changes it makes another object, by which a change is known. */
export interface StoredAuthenticator {
  readonly id: number;
  readonly name: string | null;
  readonly parameters: TotpParameters;
  readonly secretVersion: number;
  readonly sealed: Uint8Array;
  readonly weak: boolean;
  readonly createdAt: number;
  readonly rotatedAt: number | null;
  readonly factor: MovingFactor;
  readonly pendingUntil: number | null;
  readonly wrongCodes: number;
  readonly replaces: number | null;
  readonly lastAcceptedAt: number | null;
}

/** A client with all of its authenticators. After `lockClient` nothing else changes it until the transaction ends. */
export interface StoredClient {
  readonly accountId: number;
  readonly id: number;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly lastEvent: number;
  readonly disabled: boolean;
  readonly lockout: Lockout;
  /** What is written of its authenticators by kind. */
  readonly mix: number | null;
  /** Those that have not expired, oldest first. */
  readonly authenticators: readonly StoredAuthenticator[];
}

/** The client after its account is locked. Faults: client_not_found, account_not_found. */
export async function lockClient(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<StoredClient> {
  await lockAccount(db, accountId);
  const client = await readClient(db, accountId, clientId);
  if (client === null) throw clientNotFound();
  const authenticators = client.authenticators.filter((one) => !isExpired(one, now));
  if (authenticators.length === 0) throw clientNotFound();
  return { ...client, authenticators };
}

/** The client with all that its rows hold, expired authenticators too; null: there is none. */
export async function readClient(db: Db, accountId: number, clientId: string): Promise<StoredClient | null> {
  const row = await db
    .selectFrom('client')
    .innerJoin('authenticator_state as state', (join) =>
      join.onRef('state.account_id', '=', 'client.account_id').onRef('state.id', '=', 'client.id'),
    )
    .where('client.account_id', '=', accountId)
    .where('client.client_id', '=', clientId)
    .selectAll('state')
    .select(['client.label', 'client.issuer', 'client.created_at', 'client.mix'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { id, label, issuer } = row;
  const further = await db
    .selectFrom('further_authenticator')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client', '=', id)
    .execute();
  const states = new Map([row, ...further].map((state) => [numberOf(state), state]));
  const sealed = await db
    .selectFrom('authenticator')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', [...states.keys()])
    .orderBy('id')
    .execute();
  const authenticators = sealed.map((one): StoredAuthenticator => {
    const state = states.get(one.id) as typeof row | (typeof further)[number];
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
      createdAt: one.created_at ?? row.created_at,
      rotatedAt: one.rotated_at,
      factor: factorOf(state),
      pendingUntil: state.pending_until,
      wrongCodes: one.wrong_codes,
      replaces: one.replaces,
      lastAcceptedAt: state.last_accepted_at,
    };
  });
  return {
    accountId,
    id,
    clientId,
    label,
    issuer,
    lastEvent: row.last_event,
    disabled: row.disabled === 1,
    lockout: lockoutOf(row, unpackTimes(row.recent_failures)),
    mix: row.mix,
    authenticators,
  };
}

function numberOf(state: { readonly id: number; readonly authenticator?: number | null }): number {
  return 'authenticator' in state
    ? firstAuthenticator({ id: state.id, authenticator: state.authenticator ?? null })
    : state.id;
}

/** What a change has made of a client. */
export interface ChangedClient {
  readonly lockout: Lockout;
  readonly authenticators: readonly StoredAuthenticator[];
}

/**
 * Writes what a change has made of a client: those of its authenticators that are not named any more go, and the first
 * confirmed one has its factor in the client's own row, where a validation looks (`byUse`). There must be one at least.
 */
export async function writeAuthenticators(
  db: Db,
  client: StoredClient,
  { lockout, authenticators }: ChangedClient,
): Promise<void> {
  const { accountId, id } = client;
  const inOrder = [...authenticators].sort(byUse);
  const [first, ...others] = inOrder as [StoredAuthenticator, ...StoredAuthenticator[]];
  const before = new Set(client.authenticators);
  const kept = inOrder.map((one) => one.id);
  await db
    .deleteFrom('authenticator')
    .where('account_id', '=', accountId)
    .where('client', '=', id)
    .where('id', 'not in', kept)
    .execute();
  for (const one of inOrder) if (!before.has(one)) await writeAuthenticator(db, client, one);
  await db
    .deleteFrom('further_authenticator')
    .where('account_id', '=', accountId)
    .where('client', '=', id)
    .execute();
  if (others.length > 0) {
    await db
      .insertInto('further_authenticator')
      .values(others.map((one) => ({ account_id: accountId, client: id, id: one.id, ...stateColumns(one) })))
      .execute();
  }
  await db
    .updateTable('authenticator_state')
    .set({
      ...stateColumns(first),
      ...lockoutColumns(lockout),
      authenticator: first.id === id ? null : first.id,
      further: others.filter((one) => one.pendingUntil === null).length,
    })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
  await writeMix(db, client, inOrder);
}

/** Writes a client with one of its authenticators changed. */
export async function replace(
  db: Db,
  client: StoredClient,
  before: StoredAuthenticator,
  after: StoredAuthenticator,
): Promise<void> {
  const authenticators = client.authenticators.map((one) => (one === before ? after : one));
  await writeAuthenticators(db, client, { ...client, authenticators });
}

/**
 * Confirmed authenticators first, oldest first; then pending ones, the latest expiry first. The client's own row holds
 * the first of all, so a client that has only pending ones lasts until the last of them expires.
 */
function byUse(one: StoredAuthenticator, other: StoredAuthenticator): number {
  return (other.pendingUntil ?? FOREVER) - (one.pendingUntil ?? FOREVER) || one.id - other.id;
}

/** Later than any time, and finite, so that the difference of two of them is a number. */
const FOREVER = Number.MAX_SAFE_INTEGER;

async function writeAuthenticator(db: Db, client: StoredClient, one: StoredAuthenticator): Promise<void> {
  const columns = {
    client: client.id,
    algorithm: one.parameters.algorithm,
    period: one.parameters.period,
    secret_version: one.secretVersion,
    sealed: one.sealed,
    rotated_at: one.rotatedAt,
    name: one.name,
    created_at: one.createdAt,
    wrong_codes: one.wrongCodes,
    replaces: one.replaces,
    weak: one.weak ? 1 : 0,
  };
  await db
    .insertInto('authenticator')
    .values({ account_id: client.accountId, id: one.id, ...columns })
    .onConflict((conflict) => conflict.columns(['account_id', 'id']).doUpdateSet(columns))
    .execute();
}

/** How the state of an authenticator is stored, in whichever table. */
export function stateColumns(one: StoredAuthenticator) {
  return {
    secret_version: one.secretVersion,
    digits: one.parameters.digits,
    ...factorColumns(one.factor),
    pending_until: one.pendingUntil,
    last_accepted_at: one.lastAcceptedAt,
  };
}

export function lockoutColumns({ failures, delayedUntil, locked, recentFailures }: Lockout) {
  return {
    failures,
    delayed_until: delayedUntil,
    locked: locked ? 1 : 0,
    recent_failures: packTimes(recentFailures),
  };
}

/** Writes what a client's failures have become, and nothing else of it. */
export async function writeLockout(
  db: Db,
  { accountId, id, lockout }: StoredClient,
  next: Lockout,
): Promise<void> {
  if (next === lockout) return;
  await db
    .updateTable('authenticator_state')
    .set(lockoutColumns(next))
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
}

/** Those whose codes are accepted. */
export function confirmedOf({ authenticators }: Pick<StoredClient, 'authenticators'>): StoredAuthenticator[] {
  return authenticators.filter((one) => one.pendingUntil === null);
}

export function sealedOf(
  { accountId, clientId }: StoredClient,
  { id, secretVersion, parameters, sealed }: StoredAuthenticator,
  dataKey: AccountDataKey,
): SealedAuthenticator {
  return { accountId, clientId, authenticatorId: id, secretVersion, parameters, sealed, dataKey };
}

export function toAuthenticator(one: StoredAuthenticator): Authenticator {
  return {
    number: one.id,
    type: one.parameters.period === 0 ? 'hotp' : 'totp',
    name: one.name,
    parameters: one.parameters,
    pendingUntil: one.pendingUntil,
    attemptsLeft: CONFIRM_ATTEMPTS - one.wrongCodes,
    replaces: one.replaces,
    weak: one.weak,
    drift: one.factor.drift,
    counter: one.parameters.period === 0 ? one.factor.watermark + 1 : null,
    createdAt: one.createdAt,
    rotatedAt: one.rotatedAt,
    lastAcceptedAt: one.lastAcceptedAt,
  };
}
