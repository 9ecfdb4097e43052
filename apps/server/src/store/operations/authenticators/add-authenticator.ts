import type { Kysely } from 'kysely';
import { ALL_OTHERS } from '../../../domain/authenticators/authenticator.ts';
import { authenticatorOdds, tooManyAuthenticators } from '../../../domain/authenticators/faults.ts';
import type { NewAuthenticator, ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import { isTooEasy, yearlyOdds } from '../../../domain/verdicts/odds.ts';
import type { Policy } from '../../../domain/verdicts/policy.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { nextNumber } from '../clients/next-number.ts';
import { drawSecretVersion } from '../clients/secret-version.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { isSame, usedOf } from './deleted-secrets.ts';
import { authenticatorEvent } from './events.ts';
import {
  type LockedClient,
  lockClient,
  type StoredAuthenticator,
  sealedOf,
  toAuthenticator,
  writeAuthenticators,
} from './locked-client.ts';

type Db = Kysely<Schema>;

/** RFC 4226 §4 R6: at least 128 bits. */
const STRONG_BYTES = 16;

/**
 * Adds an authenticator to a client, or shows a pending one like it once more: a page that was loaded again must not
 * end a QR code that was scanned. Faults: client_not_found, authenticator_quota_exceeded, authenticator_odds,
 * secret_unreadable.
 */
export async function addAuthenticator(
  db: Db,
  box: SecretBox,
  asked: NewAuthenticator,
  change: Change,
): Promise<ShownAuthenticator> {
  const client = await lockClient(db, asked.accountId, asked.clientId, change.at);
  const dataKey = await dataKeyOf(db, asked.accountId);
  const { label, issuer } = client;
  const waiting = client.authenticators.find((one) => isLike(one, asked));
  if (waiting !== undefined && !asked.fresh) {
    const secret = box.open(dataKey, sealedOf(client, waiting, dataKey), waiting.sealed);
    if (!asked.isImported || isSame(secret, asked.secret)) {
      const renewed = renew(waiting, asked);
      await replace(db, client, waiting, renewed);
      return { authenticator: toAuthenticator(renewed), label, issuer, secret, isNew: false };
    }
  }
  const others = client.authenticators.filter((one) => one !== waiting);
  const policy = await findPolicy(db, asked.accountId);
  const { maxAuthenticators } = policy;
  if (others.length >= maxAuthenticators + (asked.replaces === null ? 0 : 1)) {
    throw tooManyAuthenticators(maxAuthenticators);
  }
  const { replaces } = asked;
  const staying = others.filter(
    ({ id }) => replaces === null || (replaces !== ALL_OTHERS && id !== replaces),
  );
  assertOdds(policy, [...staying, asked]);
  const id = await nextNumber(db, asked.accountId);
  const known = asked.isImported ? await usedOf(db, box, dataKey, client, others, asked) : null;
  const added = sealNew(box, dataKey, { ...client, id, asked, createdAt: change.at, known });
  await writeAuthenticators(db, client, { ...client, authenticators: [...others, added] });
  await appendClientEvent(
    db,
    asked.accountId,
    client,
    authenticatorEvent('authenticator.added', client.clientId, change),
  );
  return { authenticator: toAuthenticator(added), label, issuer, secret: asked.secret, isNew: true };
}

/** Faults: authenticator_odds when these, of one client, would be guessed too easily. */
export function assertOdds(
  policy: Policy,
  ofClient: readonly Pick<StoredAuthenticator, 'parameters'>[],
): void {
  const authenticators = ofClient.map(({ parameters }) => parameters);
  if (isTooEasy(policy, authenticators)) throw authenticatorOdds(yearlyOdds(policy, authenticators));
}

/** Whether this is a pending one that was asked for by a call like this. */
export function isLike(one: StoredAuthenticator, asked: NewAuthenticator): boolean {
  const { algorithm, digits, period } = one.parameters;
  return (
    one.pendingUntil !== null &&
    asked.pendingUntil !== null &&
    one.replaces === asked.replaces &&
    one.name === asked.name &&
    algorithm === asked.parameters.algorithm &&
    digits === asked.parameters.digits &&
    period === asked.parameters.period
  );
}

/** A pending one that is asked for once more: it has its time anew, and what was used since is used. */
export function renew(
  waiting: StoredAuthenticator,
  { pendingUntil, watermark }: Pick<NewAuthenticator, 'pendingUntil' | 'watermark'>,
): StoredAuthenticator {
  const { factor } = waiting;
  return {
    ...waiting,
    pendingUntil,
    factor: { ...factor, watermark: Math.max(factor.watermark, watermark) },
  };
}

/** Writes a client with one of its authenticators changed. */
export async function replace(
  db: Db,
  client: LockedClient,
  before: StoredAuthenticator,
  after: StoredAuthenticator,
): Promise<void> {
  const authenticators = client.authenticators.map((one) => (one === before ? after : one));
  await writeAuthenticators(db, client, { ...client, authenticators });
}

interface ToSeal {
  readonly accountId: number;
  readonly clientId: string;
  /** The number that the authenticator gets. */
  readonly id: number;
  readonly asked: Omit<NewAuthenticator, 'accountId' | 'clientId' | 'fresh' | 'isImported'>;
  readonly createdAt: number;
  /** What was used of this secret before; null: nothing, since it is new. */
  readonly known: MovingFactor | null;
}

/** A new authenticator with its secret sealed. */
export function sealNew(
  box: SecretBox,
  dataKey: AccountDataKey,
  { accountId, clientId, id, asked, createdAt, known }: ToSeal,
): StoredAuthenticator {
  const secretVersion = drawSecretVersion();
  const { parameters, secret, watermark } = asked;
  const place = { accountId, clientId, authenticatorId: id, secretVersion, parameters };
  const factor = known ?? FRESH_FACTOR;
  return {
    id,
    name: asked.name,
    parameters,
    secretVersion,
    sealed: box.seal(dataKey, place, secret),
    weak: secret.length < STRONG_BYTES,
    createdAt,
    rotatedAt: null,
    factor: { ...factor, watermark: Math.max(factor.watermark, watermark) },
    pendingUntil: asked.pendingUntil,
    wrongCodes: 0,
    replaces: asked.replaces,
    lastAcceptedAt: null,
  };
}
