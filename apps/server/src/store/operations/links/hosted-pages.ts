import type { Kysely, Selectable } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import { type HostedPages, type LogoType, PLAIN_PAGES } from '../../../domain/links/hosted-look.ts';
import type { HostedPagesTable } from '../../link-tables.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { appendEvent } from '../log/append-event.ts';

type Db = Kysely<Schema>;

/** How the pages of an account's links look, and where they may send people. */
export async function findHostedPages(db: Db, accountId: number): Promise<HostedPages> {
  const row = await db
    .selectFrom('hosted_pages')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row === undefined ? PLAIN_PAGES : toPages(row);
}

function toPages(row: Selectable<HostedPagesTable>): HostedPages {
  const { name, accent, logo, logo_type: type, return_origins: origins } = row;
  return {
    name,
    accent,
    logo: logo === null || type === null ? null : { type: type as LogoType, bytes: logo },
    returnOrigins: origins === '' ? [] : origins.split(' '),
  };
}

/** Replaces all of it. Faults: account_not_found. */
export async function setHostedPages(
  db: Db,
  accountId: number,
  pages: HostedPages,
  change: Change,
): Promise<HostedPages> {
  await lockAccount(db, accountId);
  const { name, accent, logo, returnOrigins } = pages;
  const columns = {
    name,
    accent,
    logo_type: logo?.type ?? null,
    logo: logo?.bytes ?? null,
    return_origins: returnOrigins.join(' '),
  };
  await db
    .insertInto('hosted_pages')
    .values({ account_id: accountId, ...columns })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(columns))
    .execute();
  await appendEvent(db, accountId, {
    event: 'account.hosted_pages_changed',
    outcome: 'success',
    // Where people may be sent is what an audit asks for.
    reason: returnOrigins.join(' ') || null,
    clientId: null,
    at: change.at,
    origin: change.origin,
  });
  return pages;
}
