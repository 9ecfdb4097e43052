import { type Kysely, sql } from 'kysely';
import type {
  FirstSteps,
  GettingStarted,
  GettingStartedChange,
  GettingStartedStore,
} from '../../../domain/accounts/getting-started.ts';
import type { OwnChange } from '../../../domain/accounts/security-ports.ts';
import { accountNotFound, Fault } from '../../../domain/errors.ts';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import type { Executor } from '../../operations-store.ts';
import type { Schema } from '../../schema.ts';
import { appendEvent } from '../log/append-event.ts';
import type { PlainChange } from '../log/recorded-change.ts';
import { lockOwnAccount } from './lock-account.ts';
import { activeAuthenticator } from './own-authenticator.ts';
import { accountEvent } from './sessions.ts';

type Db = Kysely<Schema>;

/** How many of the newest events are searched for a code that came with a key: a read of a few milliseconds. */
const NEWEST_EVENTS = 10_000;
/** How many of the oldest users are read: no index has those who are confirmed, or who had a code accepted. */
const OLDEST_USERS = 1_000;
/** How many of the newest hours with activity are read: more than a year. */
const NEWEST_HOURS = 10_000;

/** Events that an application writes when a code of one of its users is accepted. */
const CODES_ACCEPTED = [
  EVENT_TYPES['totp.validated'],
  EVENT_TYPES['authenticator.confirmed'],
  EVENT_TYPES['link.redeemed'],
];

/** The list of first steps. */
export function gettingStartedStore(read: Executor['read'], plainChange: PlainChange): GettingStartedStore {
  const find = (accountId: number, now: number) =>
    read((db) => findGettingStarted(db, accountId, now), accountId);
  return {
    findGettingStarted: find,
    async changeGettingStarted(asked, made) {
      const found = await find(made.accountId, made.at);
      return plainChange(made.accountId, made, (db) => changeGettingStarted(db, asked, found, made));
    },
  };
}

/** How far an account has come, `now` in ms. Faults: account_not_found. */
async function findGettingStarted(db: Db, accountId: number, now: number): Promise<GettingStarted> {
  const notes = await ownNotes(db, accountId);
  const half = await db
    .selectFrom('account')
    .innerJoin('account_head as head', 'head.account_id', 'account.id')
    .select(['account.id', 'head.clock_offset'])
    .where('account.test_of', '=', accountId)
    .executeTakeFirst();
  return {
    live: await firstSteps(db, accountId, now),
    test: half === undefined ? null : await firstSteps(db, half.id, now + half.clock_offset),
    twoFactor: (await activeAuthenticator(db, accountId)) !== null,
    ...notes,
  };
}

/** What the account's own row has: one read by its id. Faults: account_not_found. */
async function ownNotes(db: Db, accountId: number): Promise<Pick<GettingStarted, 'owner' | 'dismissed'>> {
  const account = await db
    .selectFrom('account')
    .select(['data_key_master', 'getting_started_dismissed_at', 'master_key_saved', 'operator_at'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  if (account === undefined) throw accountNotFound();
  const { data_key_master: masterKeyId, master_key_saved: saved, operator_at: operatorAt } = account;
  return {
    // Facts about the machine are for its operators alone: everyone else may be a tenant.
    owner: operatorAt === null ? null : { masterKeyId, masterKeySaved: saved === masterKeyId },
    dismissed: account.getting_started_dismissed_at !== null,
  };
}

/** One statement, each part of which ends with the first row that it finds, and at a bound where there is none. */
async function firstSteps(db: Db, accountId: number, now: number): Promise<FirstSteps> {
  const users = sql`(select pending_until, last_accepted_at from authenticator_state
    where account_id = ${accountId} order by id limit ${sql.lit(OLDEST_USERS)}) as oldest`;
  const hours = sql`(select accepted from activity
    where account_id = ${accountId} order by hour desc limit ${sql.lit(NEWEST_HOURS)}) as newest`;
  const { rows } = await sql<Record<keyof FirstSteps, number | boolean>>`select
    exists (select 1 from api_key where account_id = ${accountId}
      and (expires_at is null or expires_at > ${now})) as "apiKey",
    exists (select 1 from ${users} where pending_until is null) as "user",
    exists (select 1 from ${hours} where accepted > 0)
      or exists (select 1 from ${users} where last_accepted_at is not null) as "codeAccepted",
    exists (select 1 from event where account_id = ${accountId}
      and id > (select last_event - ${sql.lit(NEWEST_EVENTS)} from account_head where account_id = ${accountId})
      and type in (${sql.join(CODES_ACCEPTED.map((type) => sql.lit(type)))})
      and outcome = 1 and actor like 'key:%') as "appConnected"`.execute(db);
  const [found] = rows;
  const is = (step: keyof FirstSteps) => Boolean(found?.[step]);
  return {
    apiKey: is('apiKey'),
    user: is('user'),
    codeAccepted: is('codeAccepted'),
    appConnected: is('appConnected'),
  };
}

/**
 * @param found the list as it was read before: its scans are not for a transaction, for which others wait
 * Faults: token_invalid, body_invalid.
 */
async function changeGettingStarted(
  db: Db,
  asked: GettingStartedChange,
  found: GettingStarted,
  change: OwnChange,
): Promise<GettingStarted> {
  const { accountId, at } = change;
  await lockOwnAccount(db, change);
  const before = await ownNotes(db, accountId);
  if (asked.masterKeySaved !== undefined && before.owner === null) throw ownersAlone();
  const { dismissed = before.dismissed } = asked;
  const reasons: string[] = [];
  if (dismissed !== before.dismissed) {
    reasons.push(dismissed ? 'dismissed' : 'brought back');
    await db
      .updateTable('account')
      .set({ getting_started_dismissed_at: dismissed ? at : null })
      .where('id', '=', accountId)
      .execute();
  }
  if (asked.masterKeySaved !== undefined) {
    const changed = await db
      .updateTable('account')
      .set({ master_key_saved: asked.masterKeySaved })
      .where('id', '=', accountId)
      .where(sql<boolean>`coalesce(master_key_saved, '') <> ${asked.masterKeySaved ?? ''}`)
      .executeTakeFirst();
    if (changed.numUpdatedRows > 0n)
      reasons.push(
        asked.masterKeySaved === null ? 'master key not saved' : `master key ${asked.masterKeySaved} saved`,
      );
  }
  if (reasons.length > 0)
    await appendEvent(db, accountId, {
      ...accountEvent('account.getting_started_changed', change),
      reason: reasons.join(', '),
    });
  return { ...found, ...(await ownNotes(db, accountId)) };
}

function ownersAlone(): Fault {
  return new Fault(
    'body_invalid',
    'masterKeySaved is for operators of this server. "kanda account operator --email …" makes an account one.',
  );
}
