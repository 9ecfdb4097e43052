import type { Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import { ALL_OTHERS, CONFIRM_ATTEMPTS } from '../../../domain/authenticators/authenticator.ts';
import { nothingToConfirm } from '../../../domain/authenticators/faults.ts';
import {
  type JudgedConfirmation,
  judgeConfirmation,
} from '../../../domain/authenticators/judge-confirmation.ts';
import type { AuthenticatorName, Confirmation } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import { readTyped } from '../../../domain/verdicts/typed-code.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { removeClient } from '../clients/remove-client.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { rememberUsed, usedOf } from './deleted-secrets.ts';
import { appendLock } from './failures.ts';
import { keepPrevious } from './previous-secrets.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  sealedOf,
  writeAuthenticators,
} from './stored-client.ts';

type Db = Kysely<Schema>;

/** Which authenticator a code is to confirm. */
export type ToConfirm = Omit<AuthenticatorName, 'number'> & {
  readonly number: number | null;
  readonly code: string;
};

/**
 * Puts a pending authenticator into use by its first code, burns the code, and removes what it replaces: one
 * transaction. Faults: client_not_found, authenticator_not_found, totp_code_malformed, secret_unreadable.
 */
export async function confirmAuthenticator(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  { accountId, clientId, number, code }: ToConfirm,
  change: Change,
): Promise<Confirmation> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const pending = client.authenticators.findLast(
    (one) => one.pendingUntil !== null && (number === null || one.id === number),
  );
  if (pending === undefined) throw nothingToConfirm();
  const typed = readTyped(code, [pending.parameters.digits as Digits], '/token');
  const others = confirmedOf(client);
  const dataKey = await dataKeyOf(db, accountId);
  const factor = await currentFactor(db, box, dataKey, client, pending);
  const judged = judgeConfirmation(
    { ...client, pending: { ...pending, factor }, others: others.map(({ factor }) => factor) },
    (place) =>
      keys.open(sealedOf(client, place === null ? pending : (others[place] as StoredAuthenticator), dataKey)),
    typed,
    change.at,
    await findPolicy(db, accountId),
  );
  if (!judged.confirmed) return refuse(db, client, pending, judged, change);
  await putIntoUse(db, box, client, pending, judged, change);
  return { confirmed: true, authenticator: pending.id };
}

/**
 * The factor of a pending authenticator with what was used of its secret since it was made: by a confirmed one of the
 * client that has the same, or by one that went meanwhile.
 */
function currentFactor(
  db: Db,
  box: SecretBox,
  dataKey: AccountDataKey,
  client: StoredClient,
  pending: StoredAuthenticator,
): Promise<MovingFactor> {
  const secret = box.open(dataKey, sealedOf(client, pending, dataKey), pending.sealed);
  const { parameters } = pending;
  return usedOf(db, box, dataKey, client, [pending, ...confirmedOf(client)], { parameters, secret });
}

async function putIntoUse(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  pending: StoredAuthenticator,
  { factor, others }: { readonly factor: MovingFactor; readonly others: readonly MovingFactor[] },
  change: Change,
): Promise<void> {
  const { replaces } = pending;
  const confirmed: StoredAuthenticator = {
    ...pending,
    factor,
    pendingUntil: null,
    wrongCodes: 0,
    replaces: null,
    rotatedAt: replaces === null ? null : change.at,
    lastAcceptedAt: change.at,
  };
  const used = confirmedOf(client).map((one, place) => ({ ...one, factor: others[place] as MovingFactor }));
  const waiting = client.authenticators.filter((one) => one.pendingUntil !== null && one !== pending);
  // What waits goes, too: an attacker may have scanned its QR code.
  const isReplaced = ({ id }: StoredAuthenticator) => replaces === ALL_OTHERS || id === replaces;
  const all = [...used, ...waiting];
  const gone = all.filter(isReplaced);
  await rememberUsed(db, box, client, gone);
  await keepPrevious(db, client, gone, change.at);
  // A new secret for all that there was opens every lock, as a rotation does.
  const lockout = replaces === ALL_OTHERS ? NO_FAILURES : client.lockout;
  const authenticators = [...all.filter((one) => !isReplaced(one)), confirmed];
  await writeAuthenticators(db, client, { lockout, authenticators });
  const event = clientEvent('authenticator.confirmed', client.clientId, change);
  const lastEvent = await appendClientEvent(db, client.accountId, client, event);
  if (replaces === null) return;
  await dropDevices(db, client.accountId, client.id);
  const rotated = clientEvent('client.rotated', client.clientId, change);
  await appendClientEvent(db, client.accountId, { id: client.id, lastEvent }, rotated);
}

async function refuse(
  db: Db,
  client: StoredClient,
  pending: StoredAuthenticator,
  { reason, recorded, wrongCodes, lockout, retryAfter }: Extract<JudgedConfirmation, { confirmed: false }>,
  change: Change,
): Promise<Confirmation> {
  const { accountId, clientId } = client;
  const attemptsLeft = CONFIRM_ATTEMPTS - wrongCodes;
  const left = client.authenticators.flatMap((one) => {
    if (one !== pending) return [one];
    return attemptsLeft === 0 ? [] : [{ ...one, wrongCodes }];
  });
  const failed = clientEvent('authenticator.confirmed', clientId, change, recorded);
  const lastEvent = await appendClientEvent(db, accountId, client, failed);
  const answer = {
    confirmed: false,
    reason,
    attemptsLeft,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  } as const;
  if (left.length === 0) {
    await removeClient(db, { ...client, lastEvent }, 'client.deleted', change);
    return answer;
  }
  if (wrongCodes !== pending.wrongCodes || lockout !== client.lockout) {
    await writeAuthenticators(db, client, { lockout, authenticators: left });
  }
  if (lockout.locked && !client.lockout.locked) await appendLock(db, client, lastEvent, change);
  return answer;
}
