import type { Kysely, Selectable } from 'kysely';
import type { Account } from '../../../domain/accounts/account.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import type { NewTestHalf } from '../../../domain/test-mode/ports.ts';
import type { AccountTable, Schema } from '../../schema.ts';
import { toAccount } from '../accounts/accounts.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { appendEvent } from '../log/append-event.ts';
import { lockCurrentMasterKey } from '../master-keys/master-keys.ts';

type Db = Kysely<Schema>;
type AccountRow = Selectable<AccountTable>;

export function isLive({ test_of: testOf }: AccountRow): boolean {
  return testOf === null;
}

/** Those of the rows that are test halves, with their clocks; nothing is read when there are none. */
export async function readTestHalves(db: Db, rows: readonly AccountRow[]): Promise<readonly Account[]> {
  const halves = rows.filter((row) => !isLive(row));
  if (halves.length === 0) return [];
  const clocks = await db
    .selectFrom('account_head as head')
    .innerJoin('account as half', 'half.id', 'head.account_id')
    .innerJoin('account as live', 'live.id', 'half.test_of')
    .where(
      'half.id',
      'in',
      halves.map(({ id }) => id),
    )
    .select(['half.id', 'live.id as live_id', 'live.email', 'live.disabled_at', 'head.clock_offset'])
    .execute();
  const clockOf = new Map(clocks.map((clock) => [clock.id, clock]));
  return halves.flatMap((row) => {
    const clock = clockOf.get(row.id);
    if (clock === undefined) return [];
    const test = { liveId: clock.live_id, offsetMs: clock.clock_offset };
    // Whatever its own row says: it ends with its live account.
    const ended = clock.disabled_at === null ? {} : { disabledAt: clock.disabled_at };
    return [{ ...toAccount(row), ...ended, email: clock.email, test }];
  });
}

/** The test half of an account; null: it has none yet. */
export async function findTestHalf(db: Db, liveId: number): Promise<Account | null> {
  const rows = await db.selectFrom('account').selectAll().where('test_of', '=', liveId).execute();
  const [half = null] = await readTestHalves(db, rows);
  return half;
}

/**
 * The test half of an account, made unless it is there, with a data key of its own and the first line of its log. It has no
 * address and no password that could be right. Faults: account_not_found, also when the account was disabled or deleted meanwhile.
 */
export async function createTestHalf(db: Db, box: SecretBox, half: NewTestHalf): Promise<Account> {
  const { liveId, publicId, at, origin } = half;
  // Of two that ask at once, the second waits here and then finds what the first has made.
  await lockAccount(db, liveId);
  const present = await findTestHalf(db, liveId);
  if (present !== null) return present;
  const live = await db.selectFrom('account').selectAll().where('id', '=', liveId).executeTakeFirst();
  // The caller was let in before the account ended; a half that is made after it would not have ended with it.
  if (live === undefined || !isLive(live) || live.disabled_at !== null) throw accountNotFound();
  const masterKeyId = await lockCurrentMasterKey(db);
  const dataKey = box.createDataKey(publicId, masterKeyId ?? undefined);
  const row = await db
    .insertInto('account')
    .values({
      public_id: publicId,
      // No address has a blank, and no log-in looks among test halves.
      email: `test half ${publicId}`,
      password_hash: '',
      credential_version: live.credential_version,
      data_key_master: dataKey.masterKeyId,
      data_key: dataKey.wrapped,
      policy: null,
      created_at: at,
      test_of: liveId,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await db.insertInto('account_head').values({ account_id: row.id, last_event: 0, last_number: 0 }).execute();
  await appendEvent(db, row.id, {
    event: 'test.created',
    outcome: 'success',
    reason: null,
    clientId: null,
    at,
    origin,
  });
  return { ...toAccount(row), email: live.email, test: { liveId, offsetMs: 0 } };
}
