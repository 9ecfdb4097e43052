import { statSync } from 'node:fs';
import type { StorePlace } from '../../compose/store-place.ts';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import { checkLogs, shownDamage } from '../log/damaged-logs.ts';
import { type Finding, fine, look, problem } from './finding.ts';
import { MAX_CHECKED_BYTES } from './store.ts';

const CHECK = 'Events';

/** Whether every event is what the tree of its log says. A store that cannot be read is a finding of its own. */
export async function checkEvents({ database }: StorePlace, facts: StoreFacts | null): Promise<Finding[]> {
  if (facts === null || facts.pending.length + facts.newer.length > 0) return [];
  if (statSync(database).size > MAX_CHECKED_BYTES) {
    return [
      fine(
        CHECK,
        `not compared with their trees, as the file is above ${formatBytes(MAX_CHECKED_BYTES)}; kanda backup and kanda audit verify do`,
      ),
    ];
  }
  try {
    const checked = await checkLogs(database);
    if (checked.findings.length === 0)
      return [fine(CHECK, `${formatCount(checked.events, 'event')} are what the trees say`)];
    return [
      problem(
        CHECK,
        `the log ${shownDamage(checked)}`,
        checked.isOfNewerVersion
          ? 'Run that version: kanda doctor.'
          : 'Look closer: kanda audit verify. If the disk or the file is damaged, other rows may be, too: restore the newest good backup with kanda restore --force <backup>.',
      ),
    ];
  } catch (error) {
    return [
      look(CHECK, `cannot be read: ${(error as Error).message}`, 'Look closer with: kanda audit verify'),
    ];
  }
}
