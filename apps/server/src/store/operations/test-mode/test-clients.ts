import type { Kysely } from 'kysely';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import { authenticatorNotFound } from '../../../domain/authenticators/faults.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import type { OpenedAuthenticator } from '../../../domain/test-mode/ports.ts';
import type { Schema } from '../../schema.ts';
import { readClient, sealedOf } from '../authenticators/stored-client.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { removeClient, removeRows, STATELESS } from '../clients/remove-client.ts';
import { endLinksOf } from '../links/link-rows.ts';
import { PRUNED_AT_ONCE } from '../prune-ended.ts';
import { assertTestHalf, inTimeOf, lockTestHalf } from './test-clock.ts';

type Db = Kysely<Schema>;

/** Few enough that one transaction holds up nothing. */
const CLIENTS_AT_ONCE = 25;

/**
 * Deletes some clients of a test half, and at last what it remembers of HOTP secrets; true when there is more. Faults:
 * account_not_found.
 */
export async function deleteSomeTestClients(
  db: Db,
  box: SecretBox,
  accountId: number,
  asked: Change,
): Promise<boolean> {
  await lockTestHalf(db, accountId);
  const change = await inTimeOf(db, accountId, asked);
  const rows = await db
    .selectFrom('client')
    .select(['id', 'client_id'])
    .where('account_id', '=', accountId)
    .orderBy('id')
    .limit(CLIENTS_AT_ONCE + 1)
    .execute();
  for (const { id, client_id: clientId } of rows.slice(0, CLIENTS_AT_ONCE)) {
    const client = await readClient(db, accountId, clientId);
    if (client === null) {
      // Its state is missing, by damage: left where it is, it would come first in each round.
      await removeRows(db, { accountId, id, clientId, ...STATELESS }, 'client.deleted', change);
      continue;
    }
    const byTime = client.authenticators.filter(({ parameters }) => parameters.period > 0);
    await removeClient(db, box, { ...client, authenticators: byTime }, 'client.deleted', change);
  }
  if (rows.length > CLIENTS_AT_ONCE) return true;
  await endLinksOf(db, accountId, null, change);
  return forgetUsedCounters(db, accountId);
}

/**
 * Deletes some of what a test half remembers of HOTP secrets that went, which has no end and counts in no quota; true when
 * there may be more. What was used of TOTP secrets stays until no window reaches it.
 */
async function forgetUsedCounters(db: Db, accountId: number): Promise<boolean> {
  const counters = await db
    .selectFrom('deleted_secret')
    .select('fingerprint')
    .where('account_id', '=', accountId)
    .where('keep_until', 'is', null)
    .limit(PRUNED_AT_ONCE)
    .execute();
  for (const { fingerprint } of counters) {
    await db
      .deleteFrom('deleted_secret')
      .where('account_id', '=', accountId)
      .where('fingerprint', '=', fingerprint)
      .execute();
  }
  return counters.length === PRUNED_AT_ONCE;
}

/** Opens an authenticator of a test half. Faults: account_not_found, client_not_found, authenticator_not_found, secret_unreadable. */
export async function openTestAuthenticator(
  db: Db,
  box: SecretBox,
  accountId: number,
  clientId: string,
  number: number | null,
  now: number,
): Promise<OpenedAuthenticator> {
  await assertTestHalf(db, accountId);
  const client = await readClient(db, accountId, clientId);
  const present = client?.authenticators.filter((one) => !isExpired(one, now)) ?? [];
  if (client === null || present.length === 0) throw clientNotFound();
  const confirmed = present.filter(({ pendingUntil }) => pendingUntil === null);
  const one = number === null ? (confirmed[0] ?? present[0]) : present.find(({ id }) => id === number);
  if (one === undefined) throw authenticatorNotFound();
  const dataKey = await dataKeyOf(db, accountId);
  return {
    number: one.id,
    parameters: one.parameters,
    secret: box.open(dataKey, sealedOf(client, one, dataKey), one.sealed),
    watermark: one.factor.watermark,
  };
}
