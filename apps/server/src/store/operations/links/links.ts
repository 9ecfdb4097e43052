import { type Kysely, sql } from 'kysely';
import { timeIn } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import { clientNotFound, Fault } from '../../../domain/errors.ts';
import {
  resultRedeemed,
  resultUnknown,
  returnUrlRefused,
  tooManyLinks,
} from '../../../domain/links/faults.ts';
import {
  type Link,
  type LinkPurpose,
  linkId,
  MAX_OPEN_CHALLENGES,
  MAX_OPEN_LINKS,
  RESULT_LIVES_MS,
} from '../../../domain/links/link.ts';
import type { FoundLink, NewLink, RedeemedLink } from '../../../domain/links/ports.ts';
import { returnUrlIn } from '../../../domain/links/return-url.ts';
import type { Schema } from '../../schema.ts';
import { toAccount } from '../accounts/accounts.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { asOf, confirmedOf, readClient } from '../authenticators/stored-client.ts';
import { nextNumber } from '../clients/next-number.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { isLive, readTestHalves } from '../test-mode/test-halves.ts';
import { endLink } from './end-link.ts';
import { findHostedPages } from './hosted-pages.ts';
import { endOf, KEPT_MS, type LinkRow, toLink, writeLink } from './link-rows.ts';
import { replacedBy } from './open-link.ts';

type Db = Kysely<Schema>;

/** Listed at once: of a client there are a few, and of an account the newest. */
const LISTED = 200;

/**
 * Makes a link under its account's lock, and ends the client's older one of the same purpose: the one that was sent last
 * counts. Log-ins wait beside each other, since someone else's must not end the user's. Faults: client_not_found, client_exists, return_url_refused, link_quota_exceeded.
 */
export async function createLink(db: Db, asked: NewLink, change: Change): Promise<Link> {
  const { accountId, clientId, purpose, returnUrl: wanted, livesMs, tokenMac, ...rest } = asked;
  const number = await nextNumber(db, accountId);
  const { returnOrigins } = await findHostedPages(db, accountId);
  const returnUrl = wanted === null ? null : returnUrlIn(wanted, returnOrigins);
  if (wanted !== null && returnUrl === null) throw returnUrlRefused();
  const names = await namesOf(db, asked, change.at);
  await assertRoom(db, accountId);
  const older = await db
    .selectFrom('link')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client_id', '=', clientId)
    .where('purpose', '=', purpose)
    .where('ending', 'is', null)
    .where('expires_at', '>', change.at)
    .orderBy('number', 'desc')
    .execute();
  const beside = purpose === 'challenge' ? MAX_OPEN_CHALLENGES - 1 : 0;
  for (const row of older.slice(beside)) await endLink(db, row, change);
  const expiresAt = change.at + livesMs;
  const row = await db
    .insertInto('link')
    .values({
      account_id: accountId,
      number,
      token_mac: tokenMac,
      client_id: clientId,
      purpose,
      return_url: returnUrl,
      locale: rest.locale,
      ...names,
      created_at: change.at,
      expires_at: expiresAt,
      keep_until: expiresAt + KEPT_MS,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordEvent(
    db,
    accountId,
    notedEvent('link.created', clientId, change, `${purpose} ${linkId(number)}`),
  );
  return toLink(row);
}

/** Faults: client_exists when there is nothing to enrol, client_not_found when there is nothing to replace or to ask for. */
async function namesOf(
  db: Db,
  { accountId, clientId, purpose, label, issuer }: NewLink,
  now: number,
): Promise<Pick<LinkRow, 'client' | 'replaced' | 'label' | 'issuer'>> {
  const stored = await readClient(db, accountId, clientId);
  const client = stored === null ? null : asOf(stored, now);
  const isConfirmed = client !== null && confirmedOf(client).length > 0;
  if (purpose === 'enrol') {
    if (isConfirmed) throw alreadyEnrolled(clientId);
    if (label === null || issuer === null) throw new TypeError('a link that enrols has no label');
    return { client: null, replaced: null, label, issuer };
  }
  if (client === null || !isConfirmed) throw clientNotFound();
  const replaced = purpose === 'replace' ? replacedBy(client) : null;
  return { client: client.id, replaced, label: client.label, issuer: client.issuer };
}

function alreadyEnrolled(clientId: string): Fault {
  return new Fault(
    'client_exists',
    `${clientId} is already enrolled. For a lost phone, send "purpose": "replace".`,
  );
}

async function assertRoom(db: Db, accountId: number): Promise<void> {
  const { open } = await db
    .selectFrom('link')
    .select(sql<number>`count(*)`.as('open'))
    .where('account_id', '=', accountId)
    .where('ending', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(open) >= MAX_OPEN_LINKS) throw tooManyLinks();
}

/** Newest first, of one client or of all. */
export async function listLinks(
  db: Db,
  accountId: number,
  clientId: string | null,
): Promise<readonly Link[]> {
  const all = db.selectFrom('link').selectAll().where('account_id', '=', accountId);
  const rows = await (clientId === null ? all : all.where('client_id', '=', clientId))
    .orderBy('number', 'desc')
    .limit(LISTED)
    .execute();
  return rows.map(toLink);
}

/** The link with its account; null: no token has this MAC. `now` in ms by the server's clock. */
export async function findLink(db: Db, tokenMac: Uint8Array, now: number): Promise<FoundLink | null> {
  const row = await db.selectFrom('link').selectAll().where('token_mac', '=', tokenMac).executeTakeFirst();
  if (row === undefined) return null;
  const accountRow = await db
    .selectFrom('account')
    .selectAll()
    .where('id', '=', row.account_id)
    .executeTakeFirstOrThrow();
  const [account = toAccount(accountRow)] = isLive(accountRow) ? [] : await readTestHalves(db, [accountRow]);
  return {
    account,
    link: toLink(row),
    pages: await findHostedPages(db, row.account_id),
    ended: await endOf(db, row, timeIn(account, now)),
  };
}

/** Takes a result, once, under its account's lock. Faults: link_result_unknown, link_result_redeemed. */
export async function redeemLinkResult(
  db: Db,
  accountId: number,
  resultMac: Uint8Array,
  change: Change,
): Promise<RedeemedLink> {
  await lockAccount(db, accountId);
  const row = await db
    .selectFrom('link')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('result_mac', '=', resultMac)
    .executeTakeFirst();
  const confirmedAt = row?.ended_at ?? null;
  if (row === undefined || confirmedAt === null) throw resultUnknown();
  if (confirmedAt + RESULT_LIVES_MS[row.purpose as LinkPurpose] <= change.at) throw resultUnknown();
  if (row.redeemed_at !== null) throw resultRedeemed();
  await writeLink(db, row, { redeemed_at: change.at });
  await recordEvent(db, accountId, notedEvent('link.redeemed', row.client_id, change, linkId(row.number)));
  return { link: toLink({ ...row, redeemed_at: change.at }), confirmedAt };
}
