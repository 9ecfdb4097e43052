import type { DatabaseSync } from 'node:sqlite';
import { readPolicy } from '../read-policy.ts';

/**
 * Burns every code that could have been accepted up to `now` (ms): raises each authenticator's watermark to
 * the highest step of the window at that moment, `skew` steps ahead as the account's policy has it.
 *
 * For a store that comes back from a backup: what was accepted after the backup is not in it, and a code may
 * be shown for longer than the restore takes (RFC 6238 §5.2: a code is accepted once). A watermark that is
 * higher already stays. Returns how many authenticators were raised.
 */
export function raiseWatermarks(sqlite: DatabaseSync, now: number): number {
  const policies = sqlite.prepare('select distinct policy from account').all() as { policy: string | null }[];
  const raise = sqlite.prepare(
    `update authenticator_state as s
     set watermark = cast(:seconds as integer) / n.period + cast(:skew as integer)
     from authenticator n join account a on a.id = n.account_id
     where n.account_id = s.account_id and n.id = s.id and a.policy is :policy
       and s.watermark < cast(:seconds as integer) / n.period + cast(:skew as integer)`,
  );
  let raised = 0;
  sqlite.exec('begin immediate');
  try {
    for (const { policy } of policies) {
      const { skew } = readPolicy(policy);
      raised += Number(raise.run({ seconds: Math.floor(now / 1000), skew, policy }).changes);
    }
    sqlite.exec('commit');
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    throw error;
  }
  return raised;
}
