import type { DatabaseSync } from 'node:sqlite';
import {
  FACTOR_TABLES,
  RAISED_COUNTERS,
  raiseDeletedSecrets,
  raisedWatermark,
} from '../judging/raised-watermark.ts';

/**
 * Burns every code that could have been accepted up to `now` (ms, by the server's clock): raises each authenticator's
 * watermark to the highest step that any call could have accepted at that moment, under any policy.
 *
 * For a store that comes back from a backup: what was accepted after the backup is not in it, and a code may
 * be shown for longer than the restore takes (RFC 6238 §5.2: a code is accepted once). The window that the backup
 * names for an account says nothing: it may have been wider since, or drift been followed, and a code from its far end
 * been accepted. A watermark that is higher already stays. HOTP has no time: `RAISED_COUNTERS` are skipped. Returns how
 * many authenticators were raised.
 */
export function raiseWatermarks(sqlite: DatabaseSync, now: number): number {
  let raised = 0;
  for (const factors of FACTOR_TABLES) {
    const { table, authenticator } = factors;
    const reach = raisedWatermark(now, 'n.period', factors);
    const steps = sqlite.prepare(
      `update ${table} as s set watermark = ${reach} from authenticator n
       where n.account_id = s.account_id and n.id = ${authenticator} and n.period > 0 and s.watermark < ${reach}`,
    );
    const counters = sqlite.prepare(
      `update ${table} as s set watermark = s.watermark + ${RAISED_COUNTERS} from authenticator n
       where n.account_id = s.account_id and n.id = ${authenticator} and n.period = 0`,
    );
    for (const statement of [steps, counters]) raised += Number(statement.run().changes);
  }
  for (const statement of raiseDeletedSecrets(now, "x'00'")) sqlite.exec(statement);
  return raised;
}
