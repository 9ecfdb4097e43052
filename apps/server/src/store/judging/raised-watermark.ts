import { INSTALLATION_ACCOUNT } from '../../domain/accounts/account.ts';
import { FARTHEST_STEP, HIGHEST_ACCEPTED } from '../../domain/verdicts/methods/totp.ts';
import { POLICY_BOUNDS } from '../../domain/verdicts/policy.ts';
import { hasTestHalves, secondsIn } from './account-times.ts';

interface FactorTable {
  readonly table: 'authenticator_state' | 'further_authenticator';
  /** SQL for the number of the client, of the authenticator, and for its drift, where the table's alias is `s`. */
  readonly client: string;
  readonly authenticator: string;
  readonly drift: string;
  /** SQL for seconds since the epoch in the account of `s`, when the server's clock shows `now` (ms). */
  readonly seconds: (now: number) => string;
}

const secondsOfRow = (now: number) => secondsIn('s', now);

/** Where the moving factors of authenticators are. */
export const FACTOR_TABLES: readonly FactorTable[] = [
  {
    table: 'authenticator_state',
    client: 's.id',
    authenticator: 'coalesce(s.authenticator, s.id)',
    drift: 's.drift',
    seconds: secondsOfRow,
  },
  {
    table: 'further_authenticator',
    client: 's.client',
    authenticator: 's.id',
    drift: 's.drift',
    seconds: secondsOfRow,
  },
];

/** The same in a store of an older version that is not migrated yet. */
export function factorTables(migrations: readonly string[]): readonly FactorTable[] {
  if (hasTestHalves(migrations)) return FACTOR_TABLES;
  const seconds = (now: number) => String(Math.floor(now / 1000));
  if (migrations.includes('0008-authenticators'))
    return FACTOR_TABLES.map((factors) => ({ ...factors, seconds }));
  const first = { client: 's.id', authenticator: 's.id', drift: '0', seconds };
  return [{ table: 'authenticator_state', ...first }];
}

/** How many counters of an HOTP authenticator a restore skips: those used since the backup are not known. */
export const RAISED_COUNTERS = 10;

/**
 * SQL of both dialects: the highest step whose code could be accepted at `now` (ms, by the server's clock), by any call. Policy,
 * drift and state of the backup say nothing: an account may have begun to follow drift since, and lost that with the rest.
 */
export function raisedWatermark(
  now: number,
  period: string,
  { seconds }: Pick<FactorTable, 'seconds'>,
): string {
  return `${seconds(now)} / nullif(${period}, 0) + ${HIGHEST_ACCEPTED}`;
}

/** In `deleted_secret`, in the place of a fingerprint: the row says when a restore was. No MAC is that short. */
export const RESTORE_MARK = new Uint8Array([0]);

/** Seconds. No call takes a longer period. */
export const LONGEST_PERIOD = 300;

/**
 * SQL of both dialects, each statement for itself. A secret that was deleted before the backup may have been imported
 * again and used after it: none of its codes that was shown until `now` (ms, by the server's clock) is accepted either.
 * A secret that was enrolled after the backup is not known here. So a row says when the restore was, in seconds, and what is
 * imported later accepts no code of before it: one row for all accounts, those that are created later too, and one for
 * each test half whose clock is ahead.
 *
 * @param mark `RESTORE_MARK` in the dialect
 */
export function raiseDeletedSecrets(now: number, mark: string): readonly string[] {
  const highest = `${secondsIn('deleted_secret', now)} / period + ${FARTHEST_STEP}`;
  const restoredAt = secondsIn('h', now);
  const isLater = 'excluded.watermark > deleted_secret.watermark';
  return [
    `update deleted_secret set watermark = ${highest}, keep_until = (${highest} + ${FARTHEST_STEP + 1}) * period * 1000
     where period > 0 and watermark < ${highest} and fingerprint <> ${mark}`,
    `update deleted_secret set watermark = watermark + ${RAISED_COUNTERS} where period = 0`,
    `insert into deleted_secret (account_id, fingerprint, period, watermark, keep_until)
     select h.account_id, ${mark}, 1, ${restoredAt}, (${restoredAt} + ${(2 * FARTHEST_STEP + 1) * LONGEST_PERIOD}) * 1000
     from account_head h where h.account_id = ${INSTALLATION_ACCOUNT} or h.clock_offset > 0
     on conflict (account_id, fingerprint) do update set
       keep_until = case when ${isLater} then excluded.keep_until else deleted_secret.keep_until end,
       watermark = case when ${isLater} then excluded.watermark else deleted_secret.watermark end`,
  ];
}

/** SQL of both dialects: whether a watermark lies further ahead than a right clock can have left it. */
export function isAheadOfClock(
  now: number,
  { drift, seconds }: Pick<FactorTable, 'drift' | 'seconds'>,
): string {
  return `n.period > 0 and s.watermark > ${seconds(now)} / nullif(n.period, 0) + ${POLICY_BOUNDS.skew.most}
    + case when ${drift} > 0 then ${drift} else 0 end`;
}
