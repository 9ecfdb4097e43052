import { originOf } from '../../domain/log/origin.ts';
import { LogReader } from '../../store/sqlite/log-reader.ts';
import { formatCount } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { verifyStoredLog } from './verify-store.ts';

/** What comparing the logs of a file with their trees has shown. */
export interface CheckedLogs {
  /** How many events were compared. */
  readonly events: number;
  /** What is wrong, a sentence for each log; empty: nothing. */
  readonly findings: readonly string[];
}

/**
 * Compares every event of a file with its tree and the trees with their checkpoints. SQLite's own check knows how pages
 * and rows hang together, and not what should be in them. Needs no key: signatures are for `kanda audit verify`, and so is
 * whether what was pruned was old enough.
 *
 * @throws when the logs cannot be read to the end
 */
export function checkLogs(path: string): CheckedLogs {
  const reader = new LogReader(path);
  try {
    const findings: string[] = [];
    let events = 0;
    for (const place of reader.logs()) {
      const origin = originOf(place.accountPublicId);
      const progress = new Progress(`Comparing ${origin} with its tree`);
      const log = verifyStoredLog({
        reader,
        place,
        origin,
        kept: [],
        keys: [],
        retentionMs: 'not judged',
        now: Date.now(),
        bounded: true,
        onProgress: (done) => progress.show(done),
      });
      progress.end();
      events += log.lastEvent;
      const [first] = log.findings;
      if (first !== undefined) findings.push(`${origin}: ${first.message}${others(log.findings.length - 1)}`);
    }
    return { events, findings };
  } finally {
    reader.close();
  }
}

/** What was found, in a part of a sentence: the first logs by name. */
export function shownFindings(findings: readonly string[]): string {
  const rest = findings.length - 2;
  return findings.slice(0, 2).join('; ') + (rest > 0 ? `; and ${formatCount(rest, 'more log')}` : '');
}

function others(count: number): string {
  return count === 0 ? '' : ` (and ${formatCount(count, 'more finding')})`;
}
