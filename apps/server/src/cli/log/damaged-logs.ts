import { setImmediate as turn } from 'node:timers/promises';
import { originOf } from '../../domain/log/origin.ts';
import { LogReader } from '../../store/sqlite/log-reader.ts';
import { formatCount } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { verifySteps } from './verify-store.ts';

/** What comparing the logs of a file with their trees has shown. */
export interface CheckedLogs {
  /** How many events were compared. */
  readonly events: number;
  /** What is wrong, a sentence for each log; empty: nothing. */
  readonly findings: readonly string[];
  /** Whether all of it is that events are of kinds which this version does not know. */
  readonly isOfNewerVersion: boolean;
}

/**
 * Compares every event of a file with its tree and the trees with their checkpoints. SQLite's own check knows how pages
 * and rows hang together, and not what should be in them. Needs no key: signatures are for `kanda audit verify`, and so is
 * whether what was pruned was old enough. Gives way to other work, such as the answer to Ctrl-C.
 *
 * @throws when the logs cannot be read to the end
 */
export async function checkLogs(path: string): Promise<CheckedLogs> {
  const reader = new LogReader(path);
  try {
    const findings: string[] = [];
    let events = 0;
    let isOfNewerVersion = true;
    for (const place of reader.logs()) {
      const origin = originOf(place.accountPublicId);
      const progress = new Progress(`Comparing ${origin} with its tree`);
      const steps = verifySteps({
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
      let step = steps.next();
      for (; !step.done; step = steps.next()) await turn();
      const log = step.value;
      progress.end();
      events += log.lastEvent;
      isOfNewerVersion &&= log.findings.every((finding) => finding.isOfNewerVersion === true);
      const [first] = log.findings;
      if (first !== undefined) findings.push(`${origin}: ${first.message}${others(log.findings.length - 1)}`);
    }
    return { events, findings, isOfNewerVersion };
  } finally {
    reader.close();
  }
}

/** What was found, as the end of a sentence about a log. */
export function shownDamage({ findings, isOfNewerVersion }: CheckedLogs): string {
  const what = isOfNewerVersion ? 'has events of a newer version of Kanda' : 'is damaged, or was altered';
  return `${what}: ${shownFindings(findings)}`;
}

/** The first logs by name. */
function shownFindings(findings: readonly string[]): string {
  const rest = findings.length - 2;
  return findings.slice(0, 2).join('; ') + (rest > 0 ? `; and ${formatCount(rest, 'more log')}` : '');
}

function others(count: number): string {
  return count === 0 ? '' : ` (and ${formatCount(count, 'more finding')})`;
}
