import type { Algorithm, Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import type { PreviousSecret } from '../../../domain/authenticators/diagnose.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { DAY_MS } from '../../../domain/time.ts';
import type { Schema } from '../../schema.ts';
import { pruneEnded } from '../prune-ended.ts';
import type { StoredAuthenticator, StoredClient } from './stored-client.ts';

type Db = Kysely<Schema>;

/** How long a diagnosis knows the code of a secret that was replaced. */
const PREVIOUS_KEPT_MS = 30 * DAY_MS;

/** How many a client keeps: an account that rotates without end must not fill the store. */
const MAX_PREVIOUS = 3;

/**
 * Keeps secrets that were replaced, sealed as they were: no call accepts their codes, and a diagnosis recognises them.
 * Pending ones are left out, since their codes never counted. The newest are kept: those of this change before all
 * others, and of those that a change replaces at once the authenticators that were added last.
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
    .sort((one, other) => one.id - other.id)
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
  await makeRoom(db, accountId, id, MAX_PREVIOUS - rows.length, at);
  await db.insertInto('previous_secret').values(rows).execute();
}

/**
 * Keeps the newest of a client's replaced secrets, as many as given. Their times are put before `at` and apart
 * from each other, so that their order is known also when several changes have the same time, or a clock ran ahead.
 */
async function makeRoom(db: Db, accountId: number, client: number, left: number, at: number): Promise<void> {
  const kept = await previousOf(db, accountId, client)
    .select(['secret_version', 'authenticator', 'replaced_at'])
    .execute();
  kept.sort((one, other) => other.replaced_at - one.replaced_at || other.authenticator - one.authenticator);
  for (const [place, { secret_version: version, replaced_at: before }] of kept.entries()) {
    const ofOne = { account_id: accountId, client, secret_version: version };
    const earlier = Math.min(before, at - 1 - place);
    if (place >= left)
      await db
        .deleteFrom('previous_secret')
        .where(({ and }) => and(ofOne))
        .execute();
    else if (earlier !== before) {
      await db
        .updateTable('previous_secret')
        .set({ replaced_at: earlier })
        .where(({ and }) => and(ofOne))
        .execute();
    }
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

const ENDING = { table: 'previous_secret', key: ['client', 'secret_version'], end: 'replaced_at' } as const;

/**
 * Forgets what was replaced too long ago for a diagnosis, some at once; `now` in ms, by the server's clock. True when
 * there may be more of it.
 */
export function prunePrevious(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now - PREVIOUS_KEPT_MS);
}
