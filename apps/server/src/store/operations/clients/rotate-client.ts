import type { Kysely } from 'kysely';
import { authenticatorNotFound } from '../../../domain/authenticators/faults.ts';
import type { ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { Rotation } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import { FRESH_FACTOR } from '../../../domain/verdicts/methods/method.ts';
import type { Schema } from '../../schema.ts';
import { keepPrevious } from '../authenticators/previous-secrets.ts';
import { type Prove, UNPROVED } from '../authenticators/prove.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  toAuthenticator,
} from '../authenticators/stored-client.ts';
import { writeAuthenticators } from '../authenticators/write-authenticators.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { dataKeyOf } from './data-key.ts';
import { drawSecretVersion } from './secret-version.ts';

/**
 * Replaces the secret of one authenticator, or of the first while all others go. What opens every lock is that no secret
 * is left at which guesses failed. The watermark starts anew, since it counted the steps of the old secret; the version
 * is another, so that no remembered key is used any longer. Trusted devices end. Faults: client_not_found,
 * authenticator_not_found, proof_invalid, totp_code_malformed.
 */
export async function rotateClient(
  db: Kysely<Schema>,
  box: SecretBox,
  { accountId, clientId, number, secret }: Rotation,
  change: Change,
  prove: Prove = UNPROVED,
): Promise<ShownAuthenticator> {
  const found = await lockClient(db, accountId, clientId, change.at);
  replacedOf(found, number);
  const client = await prove(found);
  const before = replacedOf(client, number);
  const secretVersion = drawSecretVersion();
  const { id, parameters } = before;
  const place = { accountId, clientId, authenticatorId: id, secretVersion, parameters };
  const rotated: StoredAuthenticator = {
    ...before,
    secretVersion,
    sealed: box.seal(await dataKeyOf(db, accountId), place, secret),
    weak: false,
    rotatedAt: change.at,
    factor: FRESH_FACTOR,
    pendingUntil: null,
    wrongCodes: 0,
    replaces: null,
    link: null,
  };
  const others = number === null ? [] : client.authenticators.filter((one) => one !== before);
  const gone = number === null ? client.authenticators : [before];
  await keepPrevious(db, client, gone, change.at);
  const isAlone = others.every(({ pendingUntil }) => pendingUntil !== null);
  const lockout = isAlone ? NO_FAILURES : client.lockout;
  await writeAuthenticators(db, box, client, { lockout, authenticators: [...others, rotated] });
  if (isAlone) await forgetCodeFailures(db, accountId, client.id);
  await dropDevices(db, accountId, client.id);
  const event = clientEvent('client.rotated', clientId, change);
  await appendClientEvent(db, accountId, client, event);
  const { label, issuer } = client;
  return { authenticator: toAuthenticator(rotated), label, issuer, secret, isNew: true };
}

/**
 * The authenticator that gets the new secret: the confirmed one with the number, or the first of the client. Faults:
 * authenticator_not_found.
 */
function replacedOf(client: StoredClient, number: number | null): StoredAuthenticator {
  const confirmed = confirmedOf(client);
  const one =
    number === null ? (confirmed[0] ?? client.authenticators[0]) : confirmed.find(({ id }) => id === number);
  if (one === undefined) throw authenticatorNotFound();
  return one;
}
