import type { Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import { driftNotFollowed } from '../../../domain/authenticators/faults.ts';
import { judgeResync } from '../../../domain/authenticators/judge-resync.ts';
import type { Resync, Resynced } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { Lockout } from '../../../domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import { readTyped, type TypedCode } from '../../../domain/verdicts/typed-code.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { notedEvent } from '../log/client-event.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { authenticatorOf } from './change-authenticator.ts';
import { recordRefusal } from './failures.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  sealedOf,
} from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

/**
 * Finds an authenticator again by two consecutive codes, which are used up, in one transaction. Faults:
 * client_not_found, authenticator_not_found, drift_not_followed, totp_code_malformed, secret_unreadable.
 */
export async function resyncAuthenticator(
  db: Kysely<Schema>,
  box: SecretBox,
  keys: AuthenticatorKeys,
  { accountId, clientId, number, codes }: Resync,
  change: Change,
): Promise<Resynced> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const one = authenticatorOf(client, number);
  const isHotp = one.parameters.period === 0;
  const policy = await findPolicy(db, accountId);
  if (!isHotp && !policy.followDrift) throw driftNotFollowed();
  const typed = typedPair(codes, one);
  if (one.pendingUntil !== null) {
    await recordRefusal(db, client, 'authenticator.resynced', 'pending', client.lockout, change);
    return { resynced: false, reason: 'pending' };
  }
  const others = confirmedOf(client).filter((other) => other !== one);
  const dataKey = await dataKeyOf(db, accountId);
  const judged = judgeResync(
    { ...client, factor: one.factor, others: others.map(({ factor }) => factor) },
    (place) =>
      keys.open(sealedOf(client, place === null ? one : (others[place] as StoredAuthenticator), dataKey)),
    typed,
    change.at,
    policy,
  );
  if (!judged.resynced) {
    const { recorded, lockout, tooFar, ...answer } = judged;
    if (tooFar !== undefined) {
      await writeUsed(db, box, client, { ...one, factor: tooFar.factor }, tooFar.others, client.lockout);
    }
    await recordRefusal(db, client, 'authenticator.resynced', recorded, lockout, change);
    return tooFar === undefined ? answer : { ...answer, drift: tooFar.drift };
  }
  const { factor } = judged;
  const found = { ...one, factor, lastAcceptedAt: change.at };
  await writeUsed(db, box, client, found, judged.others, judged.lockout);
  const note = isHotp ? null : `drift=${factor.drift}`;
  const event = notedEvent('authenticator.resynced', clientId, change, note);
  await appendClientEvent(db, accountId, client, event);
  return isHotp ? { resynced: true } : { resynced: true, drift: factor.drift };
}

/**
 * Writes what two codes have used up.
 *
 * @param one the authenticator that showed them, as it is now
 * @param others the factors of the client's other confirmed authenticators
 */
async function writeUsed(
  db: Kysely<Schema>,
  box: SecretBox,
  client: StoredClient,
  one: StoredAuthenticator,
  others: readonly MovingFactor[],
  lockout: Lockout,
): Promise<void> {
  const left = confirmedOf(client)
    .filter(({ id }) => id !== one.id)
    .map((other, place) => ({ ...other, factor: others[place] as MovingFactor }));
  const pending = client.authenticators.filter(({ pendingUntil }) => pendingUntil !== null);
  await writeAuthenticators(db, box, client, { lockout, authenticators: [one, ...left, ...pending] });
}

/** Faults: totp_code_malformed. */
function typedPair(
  [first, second]: readonly [string, string],
  { parameters }: StoredAuthenticator,
): [TypedCode, TypedCode] {
  const lengths = [parameters.digits as Digits];
  return [readTyped(first, lengths, '/tokens/0'), readTyped(second, lengths, '/tokens/1')];
}
