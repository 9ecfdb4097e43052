import type { Kysely } from 'kysely';
import type { ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { Rotation } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import { FRESH_FACTOR } from '../../../domain/verdicts/methods/method.ts';
import type { Schema } from '../../schema.ts';
import { authenticatorOf } from '../authenticators/change-authenticator.ts';
import { rememberUsed } from '../authenticators/deleted-secrets.ts';
import { authenticatorEvent } from '../authenticators/events.ts';
import {
  confirmedOf,
  type LockedClient,
  lockClient,
  type StoredAuthenticator,
  toAuthenticator,
  writeAuthenticators,
} from '../authenticators/locked-client.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { dataKeyOf } from './data-key.ts';
import { drawSecretVersion } from './secret-version.ts';

/**
 * Replaces the secret of one authenticator, or of the first while all others go, and opens every lock. The watermark
 * starts anew, since it counted the steps of the old secret; the version is another, so that no remembered key is used
 * any longer. Faults: client_not_found, authenticator_not_found.
 */
export async function rotateClient(
  db: Kysely<Schema>,
  box: SecretBox,
  { accountId, clientId, number, secret }: Rotation,
  change: Change,
): Promise<ShownAuthenticator> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const before = number === null ? firstOf(client) : authenticatorOf(client, number);
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
  };
  await rememberUsed(db, box, client, number === null ? client.authenticators : [before]);
  const others = number === null ? [] : client.authenticators.filter((one) => one !== before);
  await writeAuthenticators(db, client, { lockout: NO_FAILURES, authenticators: [...others, rotated] });
  await forgetCodeFailures(db, accountId, client.id);
  const event = authenticatorEvent('client.rotated', clientId, change);
  await appendClientEvent(db, accountId, client, event);
  const { label, issuer } = client;
  return { authenticator: toAuthenticator(rotated), label, issuer, secret, isNew: true };
}

/** A client has one at least. */
function firstOf(client: LockedClient): StoredAuthenticator {
  return (confirmedOf(client)[0] ?? client.authenticators[0]) as StoredAuthenticator;
}
