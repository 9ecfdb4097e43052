import type { Algorithm, Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import type { PreviousSecret } from '../../../domain/authenticators/diagnose.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { Schema } from '../../schema.ts';
import type { StoredAuthenticator, StoredClient } from './stored-client.ts';

type Db = Kysely<Schema>;

/** How long a diagnosis knows the code of a secret that was replaced. */
const PREVIOUS_KEPT_MS = 30 * DAY_MS;

/** How many a client keeps: an account that rotates without end must not fill the store. */
const MAX_PREVIOUS = 3;

/**
 * Keeps secrets that were replaced, sealed as they were: no call accepts their codes, and a diagnosis recognises them.
 * Pending ones are left out, since their codes never counted.
 *
 * @param at ms since the epoch
 */
export async function keepPrevious(
  db: Db,
  { accountId, id }: StoredClient,
  gone: readonly StoredAuthenticator[],
  at: number,
): Promise<void> {
  const rows = gone
    .filter(({ pendingUntil }) => pendingUntil === null)
    .slice(-MAX_PREVIOUS)
    .map(({ id: authenticator, secretVersion, parameters, factor, sealed }) => ({
      account_id: accountId,
      client: id,
      authenticator,
      secret_version: secretVersion,
      ...parameters,
      watermark: factor.watermark,
      sealed,
      replaced_at: at,
    }));
  if (rows.length === 0) return;
  await db.insertInto('previous_secret').values(rows).execute();
  const kept = await previousOf(db, accountId, id).select(['secret_version', 'replaced_at']).execute();
  const surplus = kept.sort((one, other) => other.replaced_at - one.replaced_at).slice(MAX_PREVIOUS);
  for (const { secret_version: version } of surplus) {
    await db
      .deleteFrom('previous_secret')
      .where('account_id', '=', accountId)
      .where('client', '=', id)
      .where('secret_version', '=', version)
      .execute();
  }
}

/** What opens the secrets of a client that were replaced lately; it throws the fault secret_unreadable. */
export async function readPrevious(
  db: Db,
  box: SecretBox,
  dataKey: AccountDataKey,
  { accountId, id, clientId }: StoredClient,
  now: number,
): Promise<() => PreviousSecret[]> {
  const rows = await previousOf(db, accountId, id)
    .selectAll()
    .where('replaced_at', '>', now - PREVIOUS_KEPT_MS)
    .execute();
  return () =>
    rows.map((row) => {
      const parameters = {
        algorithm: row.algorithm as Algorithm,
        digits: row.digits as Digits,
        period: row.period,
      };
      const place = { accountId, clientId, authenticatorId: row.authenticator, parameters };
      const secret = box.open(dataKey, { ...place, secretVersion: row.secret_version }, row.sealed);
      return { parameters, secret, watermark: row.watermark };
    });
}

function previousOf(db: Db, accountId: number, client: number) {
  return db.selectFrom('previous_secret').where('account_id', '=', accountId).where('client', '=', client);
}

/** Forgets those of a client that is deleted. */
export async function dropPrevious(db: Db, accountId: number, client: number): Promise<void> {
  await db
    .deleteFrom('previous_secret')
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .execute();
}

/** Forgets what was replaced too long ago for a diagnosis. */
export async function prunePrevious(db: Db, now: number): Promise<void> {
  await db
    .deleteFrom('previous_secret')
    .where('replaced_at', '<=', now - PREVIOUS_KEPT_MS)
    .execute();
}
