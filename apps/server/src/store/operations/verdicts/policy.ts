import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import { accountNotFound } from '../../../domain/errors.ts';
import { isLooser, looseningOf, policyTooLoose } from '../../../domain/verdicts/loosening.ts';
import { changesBetween, type Policy, type PolicySettings } from '../../../domain/verdicts/policy.ts';
import { readPolicy, writePolicy } from '../../judging/read-policy.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { mixesOf } from '../authenticators/mixes.ts';
import { appendEvent } from '../log/append-event.ts';

type Db = Kysely<Schema>;

/** Faults: account_not_found. */
export async function findPolicy(db: Db, accountId: number): Promise<Policy> {
  const row = await db.selectFrom('account').select('policy').where('id', '=', accountId).executeTakeFirst();
  if (row === undefined) throw accountNotFound();
  return readPolicy(row.policy);
}

/**
 * Replaces what the account has set, and records what became different; nothing is recorded when nothing did.
 * Attempts are judged by it from the next transaction on, on every node. Faults: account_not_found, policy_invalid when
 * it would make a client of the account too easy to guess.
 */
export async function setPolicy(
  db: Db,
  accountId: number,
  settings: PolicySettings,
  change: Change,
): Promise<Policy> {
  // Two changes at once must each record what they found.
  await lockAccount(db, accountId);
  const row = await db.selectFrom('account').select('policy').where('id', '=', accountId).executeTakeFirst();
  if (row === undefined) throw accountNotFound();
  const before = readPolicy(row.policy);
  await assertMayLoosen(db, accountId, before, settings);
  const policy = writePolicy(settings);
  if (policy !== row.policy) {
    await db.updateTable('account').set({ policy }).where('id', '=', accountId).execute();
  }
  const changes = changesBetween(before, settings);
  if (changes !== null) {
    await appendEvent(db, accountId, {
      event: 'account.policy_changed',
      outcome: 'success',
      reason: changes,
      clientId: null,
      ...change,
    });
  }
  return readPolicy(policy);
}

/** Faults: policy_invalid. The account is locked, so that no client gets an authenticator meanwhile. */
async function assertMayLoosen(
  db: Db,
  accountId: number,
  before: PolicySettings,
  after: PolicySettings,
): Promise<void> {
  if (!isLooser(before, after)) return;
  const loosening = looseningOf(before, after, await mixesOf(db, accountId));
  if (loosening !== null) throw policyTooLoose(loosening);
}
