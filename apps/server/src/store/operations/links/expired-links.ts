import { type Kysely, sql } from 'kysely';
import { linkId } from '../../../domain/links/link.ts';
import type { LinkName } from '../../../domain/links/ports.ts';
import type { Schema } from '../../schema.ts';
import { EXPIRY_ORIGIN } from '../authenticators/expire.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { lockLink, writeLink } from './link-rows.ts';

type Db = Kysely<Schema>;

/** Few enough that a round holds up nothing. */
const LINKS_AT_ONCE = 50;

/** Links that were not used in time, a few at once; `now` in ms by the server's clock. */
export async function findExpiredLinks(db: Db, now: number): Promise<readonly LinkName[]> {
  const { rows } = await sql<{ account_id: number; number: number }>`
    select account_id, number from (
      select account_id, number from link where ending is null and expires_at <= ${now}
      union
      select late.account_id, late.number from account_head ahead cross join link as late
        where ahead.clock_offset > 0 and late.account_id = ahead.account_id and late.ending is null
        and late.expires_at <= ${now} + ahead.clock_offset
    ) as expired limit ${LINKS_AT_ONCE}`.execute(db);
  return rows.map(({ account_id: accountId, number }) => ({
    accountId: Number(accountId),
    number: Number(number),
  }));
}

/** Writes down that a link was not used in time; false: it was, or another node has written it down. */
export async function expireLink(db: Db, name: LinkName, now: number): Promise<boolean> {
  const change = await inTimeOf(db, name.accountId, { at: now, offsetMs: 0, origin: EXPIRY_ORIGIN });
  const row = await lockLink(db, name);
  if (row === null || row.ending !== null || row.expires_at > change.at) return false;
  await writeLink(db, row, { ending: 'expired', ended_at: row.expires_at });
  const event = notedEvent('link.expired', row.client_id, change, linkId(name.number));
  await recordEvent(db, name.accountId, event);
  return true;
}
