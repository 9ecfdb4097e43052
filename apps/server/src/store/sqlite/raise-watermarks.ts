import type { DatabaseSync } from 'node:sqlite';
import { POLICY_BOUNDS } from '../../domain/verdicts/policy.ts';

/**
 * Burns every code that could have been accepted up to `now` (ms): raises each authenticator's watermark to
 * the highest step of the widest window that any policy may have at that moment.
 *
 * For a store that comes back from a backup: what was accepted after the backup is not in it, and a code may
 * be shown for longer than the restore takes (RFC 6238 §5.2: a code is accepted once). The window that the backup
 * names for an account says nothing: it may have been wider since, and a code from its far end been accepted. A
 * watermark that is higher already stays. Returns how many authenticators were raised.
 */
export function raiseWatermarks(sqlite: DatabaseSync, now: number): number {
  const raise = sqlite.prepare(
    `update authenticator_state as s
     set watermark = cast(:seconds as integer) / n.period + cast(:skew as integer)
     from authenticator n
     where n.account_id = s.account_id and n.id = s.id
       and s.watermark < cast(:seconds as integer) / n.period + cast(:skew as integer)`,
  );
  return Number(raise.run({ seconds: Math.floor(now / 1000), skew: POLICY_BOUNDS.skew.most }).changes);
}
