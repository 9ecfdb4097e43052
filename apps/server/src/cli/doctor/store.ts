import { existsSync } from 'node:fs';
import { DISK_FAULTS, diskFault } from '../../compose/data-folder.ts';
import type { StorePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { examineStore, type StoreExamination, type StoreFacts } from '../../store/sqlite/examine.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import { type Finding, fine, look, problem } from './finding.ts';
import { masterKeyFinding } from './master-key.ts';

/** A check of every page of more than this would take longer than an operator waits. */
export const MAX_CHECKED_BYTES = 256 * 1024 * 1024;

export interface StoreFindings {
  readonly findings: readonly Finding[];
  /** null when the store is not there or cannot be read. */
  readonly facts: StoreFacts | null;
}

/** Whether the store can be read, is whole, fits this version, and opens with the master key at hand. */
export function checkStore(config: Config, place: StorePlace): StoreFindings {
  if (!existsSync(place.database)) {
    const none = look('Store', `there is none yet in ${place.dataDir}`, 'The first `kanda serve` makes it.');
    return { findings: [none, keyOf(config, place, null)], facts: null };
  }
  let examination: StoreExamination;
  try {
    examination = examineStore(place.database, MAX_CHECKED_BYTES);
  } catch (error) {
    return { findings: [unreadable(error, place), keyOf(config, place, null)], facts: null };
  }
  const { facts } = examination;
  return { findings: [...storeFindings(examination), keyOf(config, place, facts)], facts };
}

function unreadable(error: unknown, { database, dataDir }: StorePlace): Finding {
  const fault = diskFault(error, dataDir);
  const { found, remedy } =
    fault === null
      ? {
          found: (error as Error).message,
          remedy:
            'Run this as the user that the server runs as. If the file is damaged: kanda restore --force <backup>',
        }
      : DISK_FAULTS[fault];
  return problem('Store', `${database} cannot be read: ${found}`, remedy);
}

function storeFindings({ facts, problems, whole, journalMode }: StoreExamination): Finding[] {
  const findings: Finding[] = [];
  const contents = `${formatCount(facts.accounts, 'account')}, ${formatCount(facts.clients, 'user')}, schema ${facts.schema.at(-1)}`;
  if (facts.newer.length > 0) {
    findings.push(
      problem(
        'Store',
        `a newer version of Kanda wrote it (it has ${facts.newer.join(', ')})`,
        'Start that version or a later one, or restore a backup from before the upgrade.',
      ),
    );
  } else if (facts.pending.length > 0) {
    findings.push(
      look(
        'Store',
        `${contents}; this version will add ${facts.pending.join(', ')}`,
        'Make a backup (kanda backup FILE), then start this version: it upgrades the store by itself.',
      ),
    );
  } else {
    findings.push(fine('Store', contents));
  }

  if (problems.length > 0) {
    findings.push(
      problem(
        'Integrity',
        `the file is damaged: ${problems.slice(0, 3).join('; ')}`,
        'Stop the server, keep a copy of the data directory, and restore the newest good backup: kanda restore --force <backup>. Then look for a failing disk.',
      ),
    );
  } else if (whole) {
    findings.push(fine('Integrity', 'the structure of every page checked'));
  } else {
    findings.push(
      fine(
        'Integrity',
        `checked without the log, as the file is above ${formatBytes(MAX_CHECKED_BYTES)}; kanda backup checks all`,
      ),
    );
  }

  if (journalMode === 'wal') findings.push(fine('Journal', 'write-ahead log'));
  else if (journalMode === 'delete') {
    findings.push(
      fine('Journal', 'a single file, as after a restore; the next start adds its write-ahead log'),
    );
  } else {
    findings.push(
      problem(
        'Journal',
        `SQLite keeps it as "${journalMode}", not as a write-ahead log`,
        'Another program changed it. Start the server, which sets it right or says why it cannot.',
      ),
    );
  }
  return findings;
}

function keyOf(config: Config, place: StorePlace, facts: StoreFacts | null): Finding {
  const missing = problem(
    'Master key',
    `there is none at ${place.masterKey}, and the store was sealed with one`,
    'Put it back from where you keep its copy (chmod 600), or name it with KANDA_MASTER_KEY_FILE.',
  );
  return masterKeyFinding(config, place, facts, existsSync(place.database) ? missing : null);
}
