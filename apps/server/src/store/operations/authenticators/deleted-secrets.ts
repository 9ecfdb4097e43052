import { stepStart, type TotpParameters } from '@kanda/otp';
import { type Kysely, sql } from 'kysely';
import { INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { burn, type MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import { FARTHEST_STEP } from '../../../domain/verdicts/methods/totp.ts';
import { RESTORE_MARK } from '../../judging/raised-watermark.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { pruneEnded } from '../prune-ended.ts';
import { type StoredAuthenticator, type StoredClient, sealedOf } from './stored-client.ts';

type Db = Kysely<Schema>;

/**
 * Keeps the watermarks of secrets that are deleted, for as long as their codes could be right: the same secret, imported
 * again, accepts no code that was used. A row is found by a keyed fingerprint, which says nothing about the secret. What
 * does not open is left out: none of its codes can have been accepted lately, and a client must be deletable all the same.
 */
export async function rememberUsed(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  gone: readonly StoredAuthenticator[],
): Promise<void> {
  const used = gone.filter(({ factor: { watermark, burnt } }) => watermark >= 0 || burnt.length > 0);
  if (used.length === 0) return;
  const dataKey = await dataKeyOf(db, client.accountId);
  for (const one of used) {
    const fingerprint = fingerprintOf(box, client, one, dataKey);
    if (fingerprint !== null) await keep(db, client.accountId, fingerprint, one);
  }
}

/** The fingerprint of an authenticator's secret; null: it does not open. */
export function fingerprintOf(
  box: SecretBox,
  client: StoredClient,
  one: StoredAuthenticator,
  dataKey: AccountDataKey,
): Uint8Array | null {
  try {
    const secret = box.open(dataKey, sealedOf(client, one, dataKey), one.sealed);
    const fingerprint = box.fingerprint(dataKey, one.parameters, secret);
    secret.fill(0);
    return fingerprint;
  } catch {
    return null;
  }
}

async function keep(
  db: Db,
  accountId: number,
  fingerprint: Uint8Array,
  { parameters: { period }, factor }: StoredAuthenticator,
): Promise<void> {
  const watermark = highestOf(factor);
  const keepUntil = period === 0 ? null : stepStart(watermark + FARTHEST_STEP + 1, period);
  await db
    .insertInto('deleted_secret')
    .values({ account_id: accountId, fingerprint, period, watermark, keep_until: keepUntil })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'fingerprint']).doUpdateSet({
        watermark: sql<number>`case when excluded.watermark > deleted_secret.watermark
          then excluded.watermark else deleted_secret.watermark end`,
        keep_until: sql<number | null>`case when excluded.watermark > deleted_secret.watermark
          then excluded.keep_until else deleted_secret.keep_until end`,
      }),
    )
    .execute();
}

function highestOf({ watermark, burnt }: MovingFactor): number {
  return Math.max(watermark, ...burnt);
}

/** A secret that an authenticator is to have. */
export interface SecretToUse {
  readonly parameters: TotpParameters;
  readonly secret: Uint8Array;
  /** Whether it was brought along, and may have been in use here before a restore that lost it. */
  readonly isImported: boolean;
}

/**
 * What was used of a secret: by those of `holders` that have it, and by any of the account that went, or of the client
 * that has expired and is to go. None of it may be accepted by an authenticator of the client that is to have the
 * secret. Faults: secret_unreadable.
 */
export async function usedOf(
  db: Db,
  box: SecretBox,
  dataKey: AccountDataKey,
  client: StoredClient,
  holders: readonly StoredAuthenticator[],
  asked: SecretToUse,
): Promise<MovingFactor> {
  const gone = await usedBefore(db, box, client.accountId, dataKey, asked);
  return usedAmong(box, dataKey, client, holders, asked, gone);
}

/** The same without a look into the store. @param gone what {@link usedBefore} gives */
export function usedAmong(
  box: SecretBox,
  dataKey: AccountDataKey,
  client: StoredClient,
  holders: readonly StoredAuthenticator[],
  { parameters, secret }: Pick<SecretToUse, 'parameters' | 'secret'>,
  gone: number,
): MovingFactor {
  const factorsOf = (all: readonly StoredAuthenticator[]) =>
    all
      .filter((one) => countsAlike(one.parameters, parameters))
      .filter((one) => isSame(box.open(dataKey, sealedOf(client, one, dataKey), one.sealed), secret))
      .map(({ factor }) => factor);
  const factors = factorsOf(holders);
  const ended = factorsOf(client.expired).map(highestOf);
  const watermark = Math.max(gone, ...ended, ...factors.map((factor) => factor.watermark));
  const drift = factors[0]?.drift ?? 0;
  return burn(
    { watermark, burnt: [], drift },
    factors.flatMap(({ burnt }) => burnt),
  );
}

/** Whether a step or counter of the one is that of the other, with the same secret. */
function countsAlike(one: TotpParameters, other: TotpParameters): boolean {
  return one.algorithm === other.algorithm && one.period === other.period;
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/**
 * The highest step or counter that was used of a secret that went, or may have been used of one that a restore lost; -1:
 * none that is remembered.
 */
export async function usedBefore(
  db: Db,
  box: SecretBox,
  accountId: number,
  dataKey: AccountDataKey,
  { parameters, secret, isImported }: SecretToUse,
): Promise<number> {
  const fingerprint = box.fingerprint(dataKey, parameters, secret);
  const used = await readUsed(db, accountId, [fingerprint], isImported);
  return used(fingerprint, parameters);
}

/** What {@link usedBefore} gives of each of these, by their fingerprints, in one statement. */
export async function readUsed(
  db: Db,
  accountId: number,
  fingerprints: readonly Uint8Array[],
  isImported: boolean,
): Promise<(fingerprint: Uint8Array, parameters: TotpParameters) => number> {
  const rows = await db
    .selectFrom('deleted_secret')
    .select(['fingerprint', 'watermark'])
    .where('account_id', 'in', isImported ? [accountId, INSTALLATION_ACCOUNT] : [accountId])
    .where('fingerprint', 'in', isImported ? [...fingerprints, RESTORE_MARK] : [...fingerprints])
    .execute();
  const restores = rows.filter((row) => isSame(row.fingerprint, RESTORE_MARK));
  const gone = new Map(rows.map((row) => [hexOf(row.fingerprint), row.watermark]));
  return (fingerprint, parameters) => {
    const lost = restores.map(({ watermark }) => lostInRestore(watermark, parameters));
    return Math.max(-1, gone.get(hexOf(fingerprint)) ?? -1, ...lost);
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/**
 * The highest step that may have been used of a secret of which a restore knew nothing; -1: none. Nothing can be said of
 * a counter: the import of a token says where it is.
 *
 * @param restoredAt seconds since the epoch
 */
function lostInRestore(restoredAt: number, { period }: TotpParameters): number {
  return period === 0 ? -1 : Math.floor(restoredAt / period) + FARTHEST_STEP;
}

const ENDING = { table: 'deleted_secret', key: ['fingerprint'], end: 'keep_until' } as const;

/**
 * Deletes watermarks that no window reaches any more, some at once; `now` in ms, by the server's clock. True when there
 * may be more of them.
 */
export function forgetDeletedSecrets(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now);
}
