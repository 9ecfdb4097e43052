import type { TotpParameters } from '@kanda/otp';
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
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { readClients } from './read-clients.ts';

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
  /** The link that has made it, while it waits for its first code; null: none has. */
  readonly link: number | null;
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
  /** Those that were not confirmed in time: they go when `writeAuthenticators` writes the others. */
  readonly expired: readonly StoredAuthenticator[];
}

/** The client after its account is locked. Faults: client_not_found, account_not_found. */
export async function lockClient(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<StoredClient> {
  await lockAccount(db, accountId);
  const row = await readClient(db, accountId, clientId);
  if (row === null) throw clientNotFound();
  const client = asOf(row, now);
  if (client.authenticators.length === 0) throw clientNotFound();
  return client;
}

/** The client as it is at `now` (ms): what was not confirmed in time is apart. */
export function asOf(client: StoredClient, now: number): StoredClient {
  const { authenticators } = client;
  const expired = authenticators.filter((one) => isExpired(one, now));
  return { ...client, authenticators: authenticators.filter((one) => !expired.includes(one)), expired };
}

/** The client with all that its rows hold, expired authenticators among the others; null: there is none. */
export async function readClient(db: Db, accountId: number, clientId: string): Promise<StoredClient | null> {
  const clients = await readClients(db, accountId, [clientId]);
  return clients.get(clientId) ?? null;
}

/** Those that have expired, too. */
export function allOf({
  authenticators,
  expired,
}: Pick<StoredClient, 'authenticators' | 'expired'>): StoredAuthenticator[] {
  return [...authenticators, ...expired];
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
