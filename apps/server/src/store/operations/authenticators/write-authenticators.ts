import type { Kysely } from 'kysely';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { Lockout } from '../../../domain/verdicts/lockout.ts';
import { factorColumns } from '../../judging/judge-attempt.ts';
import { packTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import { rememberUsed } from './deleted-secrets.ts';
import { writeMix } from './mixes.ts';
import { allOf, type StoredAuthenticator, type StoredClient } from './stored-client.ts';

type Db = Kysely<Schema>;

/** What a change has made of a client. */
export interface ChangedClient {
  readonly lockout: Lockout;
  readonly authenticators: readonly StoredAuthenticator[];
}

/**
 * Writes what a change has made of a client: those of its authenticators that are not named any more go, those that have
 * expired too, and what was used of their secrets is remembered. The first confirmed one has its factor in the client's
 * own row, where a validation looks (`byUse`). There must be one at least.
 */
export async function writeAuthenticators(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  { lockout, authenticators }: ChangedClient,
): Promise<void> {
  const { accountId, id } = client;
  const left = new Set(authenticators.map(secretName));
  const gone = allOf(client).filter((one) => !left.has(secretName(one)));
  await rememberUsed(db, box, client, gone);
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
  box: SecretBox,
  client: StoredClient,
  before: StoredAuthenticator,
  after: StoredAuthenticator,
): Promise<void> {
  const authenticators = client.authenticators.map((one) => (one === before ? after : one));
  await writeAuthenticators(db, box, client, { ...client, authenticators });
}

/** By what a secret is known among those of a client: a rotated authenticator keeps its number. */
function secretName({ id, secretVersion }: StoredAuthenticator): string {
  return `${id} ${secretVersion}`;
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
