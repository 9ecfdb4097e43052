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
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { usedOf } from './deleted-secrets.ts';
import { appendLock } from './failures.ts';
import { keepPrevious } from './previous-secrets.ts';
import { isOfAnother } from './show-again.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  sealedOf,
} from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

type Db = Kysely<Schema>;

/** Which authenticator a code is to confirm. */
export type ToConfirm = Omit<AuthenticatorName, 'number'> & {
  readonly number: number | null;
  readonly code: string;
  /** The number of the link that has made it; absent: the API has. */
  readonly link?: number;
};

/**
 * Puts a pending authenticator into use by its first code, burns the code, and removes what it replaces: one
 * transaction. Without a number the code may be of any that waits for its maker. Faults: client_not_found,
 * authenticator_not_found, totp_code_malformed, secret_unreadable.
 */
export async function confirmAuthenticator(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  { accountId, clientId, number, code, link }: ToConfirm,
  change: Change,
): Promise<Confirmation> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const waiting = client.authenticators.filter(
    (one) =>
      one.pendingUntil !== null && !isOfAnother(one, { link }) && (number === null || one.id === number),
  );
  if (waiting.length === 0) throw nothingToConfirm();
  // Of the newest first, which the refusal of another length names first.
  const lengths = waiting.map(({ parameters }) => parameters.digits as Digits).reverse();
  const typed = readTyped(code, lengths, '/token');
  const tried = waiting.filter(({ parameters }) => parameters.digits === typed.digits);
  const others = confirmedOf(client);
  const dataKey = await dataKeyOf(db, accountId);
  const factors: MovingFactor[] = [];
  for (const one of tried) factors.push(await currentFactor(db, box, dataKey, client, one));
  const openOf = (all: readonly StoredAuthenticator[]) => (place: number) =>
    keys.open(sealedOf(client, all[place] as StoredAuthenticator, dataKey));
  const judged = judgeConfirmation(
    {
      ...client,
      pending: tried.map(({ wrongCodes }, place) => ({ factor: factors[place] as MovingFactor, wrongCodes })),
      others: others.map(({ factor }) => factor),
    },
    { pending: openOf(tried), others: openOf(others) },
    typed,
    change.at,
    await findPolicy(db, accountId),
  );
  if (!judged.confirmed) return refuse(db, box, client, tried, judged, change);
  const spent = new Map(
    tried.map((one, place) => {
      const factor = judged.pending[place] as MovingFactor;
      return [one, factor === factors[place] ? one : { ...one, factor }];
    }),
  );
  const pending = tried[judged.place] as StoredAuthenticator;
  await putIntoUse(db, box, client, pending, spent, judged.others, change);
  const { clockOff } = judged;
  return { confirmed: true, authenticator: pending.id, ...(clockOff === null ? {} : { clockOff }) };
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
  // If it was imported after a restore, its factor knows that already.
  const asked = { parameters, secret, isImported: false };
  return usedOf(db, box, dataKey, client, [pending, ...confirmedOf(client)], asked);
}

/**
 * @param tried by what they were, those that the code was tried with, as it leaves them
 * @param factors of the client's confirmed authenticators
 */
async function putIntoUse(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  pending: StoredAuthenticator,
  tried: ReadonlyMap<StoredAuthenticator, StoredAuthenticator>,
  factors: readonly MovingFactor[],
  change: Change,
): Promise<void> {
  const { replaces } = pending;
  const confirmed: StoredAuthenticator = {
    ...(tried.get(pending) ?? pending),
    pendingUntil: null,
    wrongCodes: 0,
    replaces: null,
    rotatedAt: replaces === null ? null : change.at,
    lastAcceptedAt: change.at,
    link: null,
  };
  const used = confirmedOf(client).map((one, place) => ({ ...one, factor: factors[place] as MovingFactor }));
  const waiting = client.authenticators
    .filter((one) => one.pendingUntil !== null && one !== pending)
    .map((one) => tried.get(one) ?? one);
  // What waits goes, too: an attacker may have scanned its QR code.
  const isReplaced = (one: StoredAuthenticator) =>
    replaces === ALL_OTHERS || one.id === replaces || isOfAnother(one, { link: pending.link });
  const all = [...used, ...waiting];
  const gone = all.filter(isReplaced);
  const left = all.filter((one) => !isReplaced(one));
  await keepPrevious(db, client, gone, change.at);
  // No secret is left at which guesses failed: that opens every lock, as a rotation does.
  const isAlone = replaces !== null && left.every(({ pendingUntil }) => pendingUntil !== null);
  const lockout = isAlone ? NO_FAILURES : client.lockout;
  const spent = { ...client, authenticators: all };
  await writeAuthenticators(db, box, spent, { lockout, authenticators: [...left, confirmed] });
  if (isAlone) await forgetCodeFailures(db, client.accountId, client.id);
  const event = clientEvent('authenticator.confirmed', client.clientId, change);
  const lastEvent = await appendClientEvent(db, client.accountId, client, event);
  if (replaces === null) return;
  await dropDevices(db, client.accountId, client.id);
  const rotated = clientEvent('client.rotated', client.clientId, change);
  await appendClientEvent(db, client.accountId, { id: client.id, lastEvent }, rotated);
}

/** @param tried those that the code was tried with */
async function refuse(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  tried: readonly StoredAuthenticator[],
  { reason, recorded, wrongCodes, lockout, retryAfter }: Extract<JudgedConfirmation, { confirmed: false }>,
  change: Change,
): Promise<Confirmation> {
  const { accountId, clientId } = client;
  const counted = new Map(tried.map((one, place) => [one, wrongCodes[place] as number]));
  const left = client.authenticators.flatMap((one) => {
    const wrong = counted.get(one) ?? one.wrongCodes;
    if (wrong === one.wrongCodes) return [one];
    return wrong === CONFIRM_ATTEMPTS ? [] : [{ ...one, wrongCodes: wrong }];
  });
  const failed = clientEvent('authenticator.confirmed', clientId, change, recorded);
  const lastEvent = await appendClientEvent(db, accountId, client, failed);
  const answer = {
    confirmed: false,
    reason,
    attemptsLeft: CONFIRM_ATTEMPTS - Math.min(...wrongCodes),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  } as const;
  if (left.length === 0) {
    await removeClient(db, box, { ...client, lastEvent }, 'client.deleted', change);
    return answer;
  }
  const isCounted = tried.some((one) => counted.get(one) !== one.wrongCodes);
  if (isCounted || lockout !== client.lockout) {
    await writeAuthenticators(db, box, client, { lockout, authenticators: left });
  }
  if (lockout.locked && !client.lockout.locked) await appendLock(db, client, lastEvent, change);
  return answer;
}
