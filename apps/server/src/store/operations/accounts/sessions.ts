import type { Kysely, Selectable } from 'kysely';
import type {
  CheckedCredentials,
  NewSession,
  OwnChange,
  Session,
  SessionCredential,
} from '../../../domain/accounts/security-ports.ts';
import type { Change } from '../../../domain/change.ts';
import { Fault } from '../../../domain/errors.ts';
import type { EventType, NewEvent } from '../../../domain/log/events.ts';
import type { Page, PageRequest } from '../../../domain/page.ts';
import type { AccountSessionTable, Schema } from '../../schema.ts';
import { nextNumber } from '../clients/next-number.ts';
import { appendEvent } from '../log/append-event.ts';
import { pageAfter } from '../page.ts';
import { toAccount } from './accounts.ts';
import { lockOwnAccount } from './lock-account.ts';
import { activeAuthenticator } from './own-authenticator.ts';

type Db = Kysely<Schema>;

/** How many ended sessions one transaction drops. */
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Begins a session. Checking the credentials took a while, in which they may have changed: the session begins
 * only when they still stand. Faults: credentials_invalid.
 */
export async function createSession(
  db: Db,
  { id, accountId, expiresAt }: NewSession,
  checked: CheckedCredentials,
  change: Change,
): Promise<void> {
  // Locks the account, before anything of it is read.
  const number = await nextNumber(db, accountId);
  const account = await db
    .selectFrom('account')
    .select('password_hash')
    .where('id', '=', accountId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  const authenticator = await activeAuthenticator(db, accountId);
  if (account?.password_hash !== checked.passwordHash || authenticator !== checked.authenticator) {
    throw new Fault(
      'credentials_invalid',
      'The password or the second factor was changed just now. Log in anew.',
    );
  }
  await db
    .insertInto('account_session')
    .values({
      account_id: accountId,
      number,
      id,
      created_at: change.at,
      last_seen_at: change.at,
      expires_at: expiresAt,
      ip: change.origin.ip,
      user_agent: change.origin.userAgent,
    })
    .execute();
  await appendEvent(db, accountId, accountEvent('account.login', change));
}

/** A session that a token names, to be found if it is open at `now` (ms). */
export interface SessionName {
  readonly accountPublicId: string;
  readonly id: string;
  readonly now: number;
}

/** Each of them, or null where it has ended, in their order. */
export async function findSessions(
  db: Db,
  names: readonly SessionName[],
): Promise<readonly (SessionCredential | null)[]> {
  const rows = await db
    .selectFrom('account')
    .innerJoin('account_session as session', 'session.account_id', 'account.id')
    .selectAll('account')
    .select([
      'session.id as session_id',
      'session.created_at as began_at',
      'session.last_seen_at',
      'session.expires_at',
    ])
    .where('account.public_id', 'in', [...new Set(names.map((name) => name.accountPublicId))])
    .where('session.id', 'in', [...new Set(names.map((name) => name.id))])
    .where('account.disabled_at', 'is', null)
    .execute();
  const rowOf = new Map(rows.map((row) => [`${row.public_id} ${row.session_id}`, row]));
  return names.map(({ accountPublicId, id, now }) => {
    const row = rowOf.get(`${accountPublicId} ${id}`);
    if (row === undefined || row.expires_at <= now) return null;
    return { account: toAccount(row), createdAt: row.began_at, lastSeenAt: row.last_seen_at };
  });
}

export async function touchSession(db: Db, accountPublicId: string, id: string, at: number): Promise<void> {
  await db
    .updateTable('account_session')
    .set({ last_seen_at: at })
    .where('account_id', '=', (account) =>
      account.selectFrom('account').select('account.id').where('public_id', '=', accountPublicId),
    )
    .where('id', '=', id)
    .execute();
}

/** Newest first. */
export async function listSessions(
  db: Db,
  accountId: number,
  now: number,
  { cursor, limit }: PageRequest,
): Promise<Page<Session>> {
  const after = pageAfter.decode(cursor);
  let query = db
    .selectFrom('account_session')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('expires_at', '>', now);
  if (after !== null) query = query.where('number', '<', after);
  const rows = await query
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageAfter.of(rows, limit, (row) => row.number);
  return { ...page, data: page.data.map(toSession) };
}

/** Faults: session_not_found, token_invalid. */
export async function endSession(db: Db, id: string, change: OwnChange): Promise<void> {
  const { accountId, at } = change;
  await lockOwnAccount(db, change);
  const ended = await db
    .deleteFrom('account_session')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (ended.numDeletedRows === 0n) {
    throw new Fault(
      'session_not_found',
      'Your account has no log-in with this id. It may have ended already.',
    );
  }
  await appendEvent(db, accountId, accountEvent('account.session_ended', change));
}

/** Faults: token_invalid. */
export async function endOtherSessions(db: Db, change: OwnChange): Promise<void> {
  await lockOwnAccount(db, change);
  await dropSessionsBut(db, change.accountId, change.sessionId);
  await appendEvent(db, change.accountId, accountEvent('account.session_ended', change));
}

/** Ends every session of the account but one; null: every one. The caller records why. */
export async function dropSessionsBut(db: Db, accountId: number, id: string | null): Promise<void> {
  let query = db.deleteFrom('account_session').where('account_id', '=', accountId);
  if (id !== null) query = query.where('id', '<>', id);
  await query.execute();
}

/** Drops sessions that have expired. True when there may be more of them. */
export async function forgetEndedSessions(db: Db, now: number): Promise<boolean> {
  const ended = await db
    .selectFrom('account_session')
    .select(['account_id', 'number'])
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(FORGOTTEN_AT_ONCE)
    .execute();
  for (const { account_id, number } of ended) {
    await db
      .deleteFrom('account_session')
      .where('account_id', '=', account_id)
      .where('number', '=', number)
      .execute();
  }
  return ended.length >= FORGOTTEN_AT_ONCE;
}

/** The success of an account's own change. */
export function accountEvent(event: EventType, { at, origin }: Change): NewEvent {
  return { event, outcome: 'success', reason: null, clientId: null, at, origin };
}

function toSession(row: Selectable<AccountSessionTable>): Session {
  return {
    id: row.id,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    ip: row.ip,
    userAgent: row.user_agent,
  };
}
