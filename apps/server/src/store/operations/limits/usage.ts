import { type Kysely, sql } from 'kysely';
import type { UsageCounts } from '../../../domain/limits/quotas.ts';
import type { Schema } from '../../schema.ts';

interface Row {
  readonly clients: number | string;
  readonly keys: number | string;
  readonly recovery_codes: number | string;
  readonly devices: number | string;
  readonly last_event: number | string;
  readonly pruned_to: number | string;
  readonly first_event: number | string | null;
  readonly size_before: number | string;
}

/**
 * What an account uses. Events have numbers without gaps and each hour has the number of its first, so those of the
 * hours from `firstHour` (since the epoch) on are a difference: nothing is counted for it when they are written.
 *
 * @param since of a test half: ms of the server. Its clock is moved by its holder, so its hours say nothing of when they
 * were; the checkpoints of its log are signed by the server's. Events that the last one before `since` does not cover count,
 * too: a few more than there were, as far as checkpoints are apart.
 */
export async function readUsage(
  db: Kysely<Schema>,
  accountId: number,
  firstHour: number,
  since?: number,
): Promise<UsageCounts> {
  // Newest first: there are no more than a day's to pass. A live account's are not looked at.
  const sizeBefore =
    since === undefined
      ? sql`0`
      : sql`coalesce((select size from log_checkpoint where account_id = ${accountId} and at <= ${since}
          order by size desc limit 1), 0)`;
  const { rows } = await sql<Row>`
    select head.clients, head.recovery_codes, head.devices, head.last_event,
      (select count(*) from api_key where account_id = ${accountId}) as keys,
      coalesce((select pruned_to from log_tree where account_id = ${accountId}), 0) as pruned_to,
      (select min(first_event) from activity where account_id = ${accountId} and hour >= ${firstHour}) as first_event,
      ${sizeBefore} as size_before
    from account_head head where head.account_id = ${accountId}`.execute(db);
  const [row] = rows;
  if (row === undefined)
    return { clients: 0, keys: 0, recoveryCodes: 0, devices: 0, eventsKept: 0, eventsOfDay: 0 };
  const lastEvent = Number(row.last_event);
  const byHours = row.first_event === null ? 0 : lastEvent - Number(row.first_event) + 1;
  const byServer = since === undefined ? 0 : lastEvent - Number(row.size_before);
  return {
    clients: Number(row.clients),
    keys: Number(row.keys),
    recoveryCodes: Number(row.recovery_codes),
    devices: Number(row.devices),
    eventsKept: lastEvent - Number(row.pruned_to),
    eventsOfDay: Math.max(byHours, byServer),
  };
}
