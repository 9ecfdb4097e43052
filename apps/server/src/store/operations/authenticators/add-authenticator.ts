import type { Kysely } from 'kysely';
import { ALL_OTHERS } from '../../../domain/authenticators/authenticator.ts';
import {
  authenticatorNotFound,
  authenticatorOdds,
  tooManyAuthenticators,
} from '../../../domain/authenticators/faults.ts';
import type { NewAuthenticator, ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import { STRONG_BYTES } from '../../../domain/clients/imported-secret.ts';
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
import { clientEvent } from '../log/client-event.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { usedOf } from './deleted-secrets.ts';
import type { Prove } from './prove.ts';
import { isOfAnother, secretToShow, showAgain, staying } from './show-again.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  toAuthenticator,
} from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

type Db = Kysely<Schema>;

/**
 * Adds an authenticator to a client, or shows a pending one like it again. Faults: client_not_found,
 * authenticator_not_found, authenticator_quota_exceeded, authenticator_odds, proof_invalid, totp_code_malformed,
 * secret_unreadable.
 */
export async function addAuthenticator(
  db: Db,
  box: SecretBox,
  asked: NewAuthenticator,
  change: Change,
  prove: Prove,
): Promise<ShownAuthenticator> {
  const found = await lockClient(db, asked.accountId, asked.clientId, change.at);
  const dataKey = await dataKeyOf(db, asked.accountId);
  const shown = secretToShow(box, dataKey, found, asked);
  if (shown === null) assertMayAdd(await findPolicy(db, asked.accountId), found, asked);
  const client = await prove(found);
  if (shown !== null) return showAgain(db, box, client, asked, shown, client);
  const { accountId, clientId, label, issuer } = client;
  const id = await nextNumber(db, accountId);
  const known = asked.isImported
    ? await usedOf(db, box, dataKey, client, client.authenticators, asked)
    : null;
  const added = sealNew(box, dataKey, { ...client, id, asked, createdAt: change.at, known });
  await writeAuthenticators(db, box, client, {
    ...client,
    authenticators: [...staying(client, asked), added],
  });
  const event = clientEvent('authenticator.added', clientId, change);
  await appendClientEvent(db, accountId, client, event);
  return { authenticator: toAuthenticator(added), label, issuer, secret: asked.secret, isNew: true };
}

/** Faults: authenticator_not_found for what it is to replace, authenticator_quota_exceeded, authenticator_odds. */
export function assertMayAdd(policy: Policy, client: StoredClient, asked: NewAuthenticator): void {
  const { replaces } = asked;
  // What another waits for goes when this is confirmed, so neither keeps the other out.
  const others = staying(client, asked).filter((one) => !isOfAnother(one, asked));
  const isReplaced = ({ id }: StoredAuthenticator) => replaces === ALL_OTHERS || id === replaces;
  const namesNone = replaces !== null && replaces !== ALL_OTHERS && !confirmedOf(client).some(isReplaced);
  if (namesNone) throw authenticatorNotFound();
  const { maxAuthenticators } = policy;
  if (others.length >= maxAuthenticators + (replaces === null ? 0 : 1)) {
    throw tooManyAuthenticators(maxAuthenticators);
  }
  assertOdds(policy, [...others.filter((one) => !isReplaced(one)), asked]);
}

/** Faults: authenticator_odds when these, of one client, would be guessed too easily. */
export function assertOdds(
  policy: Policy,
  ofClient: readonly Pick<StoredAuthenticator, 'parameters'>[],
): void {
  const authenticators = ofClient.map(({ parameters }) => parameters);
  if (isTooEasy(policy, authenticators)) throw authenticatorOdds(yearlyOdds(policy, authenticators));
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
  const { parameters, secret, watermark, drift } = asked;
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
    factor: {
      ...factor,
      watermark: Math.max(factor.watermark, watermark),
      drift: drift ?? factor.drift,
    },
    pendingUntil: asked.pendingUntil,
    wrongCodes: 0,
    replaces: asked.replaces,
    lastAcceptedAt: null,
    link: asked.link ?? null,
  };
}
